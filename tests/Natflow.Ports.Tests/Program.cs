using Natflow.Ports.Tests.AfXdp;

// The test host loads this assembly and never comes here; a test of what another process does starts it as a program.
return args is ["hold-xdp", string interfaceName] ? XdpHolder.Run(interfaceName) : 2;
