using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Natflow.Cli.Top;

/// <summary>The loop of <c>natflow top</c>: figures once a second, keys ten times.</summary>
internal sealed class TopRun(ControlClient client, TimeProvider clock)
{
    private const int TurnsPerSample = 10;
    private const string AlternateScreen = "\e[?1049h\e[H";
    private const string MainScreen = "\e[?1049l";

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private readonly TopState _state = new();
    private TopSample _sample = null!;

    /// <summary>Runs until q or a signal.</summary>
    internal async Task Execute(CancellationToken end)
    {
        _sample = await TopSample.Take(client, _state);
        TextWriter screen = Terminal.Out.Profile.Out.Writer;
        await screen.WriteAsync(AlternateScreen);
        try
        {
            await Terminal.Out.Live(Draw()).StartAsync(context => Loop(context, end));
        }
        finally
        {
            await screen.WriteAsync(MainScreen);
        }
    }

    private async Task Loop(LiveDisplayContext context, CancellationToken end)
    {
        using var timer = new PeriodicTimer(Turn, clock);
        try
        {
            for (int turn = 1; await timer.WaitForNextTickAsync(end); turn++)
            {
                bool isChanged = false;
                while (Console.KeyAvailable)
                {
                    if (!await Press(Console.ReadKey(intercept: true)))
                        return;
                    isChanged = true;
                }

                if (isChanged || (turn % TurnsPerSample == 0 && !_state.IsPaused))
                    await Refresh();
                context.UpdateTarget(Draw());
            }
        }
        catch (OperationCanceledException)
        {
            // The end that was asked for.
        }
    }

    private IRenderable Draw() => TopScreen.Make(_sample, _state, Terminal.Out.Profile.Width, Terminal.Out.Profile.Height);

    // A gateway that is gone comes back, as a rule: its last figures stay, with a word that they are old.
    private async Task Refresh()
    {
        try
        {
            _sample = await TopSample.Take(client, _state);
            _state.Problem = string.Empty;
        }
        catch (ControlException error) when (error.IsUsage)
        {
            _state.Message = error.Message;
            _state.Forget();
        }
        catch (ControlException)
        {
            _state.Problem = "no answer: these figures are old";
        }
    }

    // False at the end.
    private async Task<bool> Press(ConsoleKeyInfo key)
    {
        _state.Message = string.Empty;
        if (_state.Typing is { } typing)
        {
            Type(key, typing);
            return true;
        }

        if (_state.Kicking is not null)
        {
            if (key.KeyChar is 'y' or 'Y')
                await Kick(_state.Kicking);
            _state.Kicking = null;
            return true;
        }

        switch (key)
        {
            case { Key: ConsoleKey.Q } or { Key: ConsoleKey.Escape }:
                return false;
            case { Key: ConsoleKey.F }:
                _state.Turn();
                break;
            case { Key: ConsoleKey.S }:
                _state.NextSort();
                break;
            case { KeyChar: '/' }:
                _state.Typing = string.Empty;
                break;
            case { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' }:
                _state.Row = Math.Max(0, _state.Row - 1);
                break;
            case { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' }:
                _state.Row++;
                break;
            case { Key: ConsoleKey.Spacebar }:
                _state.IsPaused = !_state.IsPaused;
                break;
            case { Key: ConsoleKey.B }:
                await Block();
                break;
            case { Key: ConsoleKey.X }:
                _state.Kicking = Chosen();
                break;
        }

        return true;
    }

    private void Type(ConsoleKeyInfo key, string typing)
    {
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                (_state.Filter, _state.Typing) = (typing.Trim(), null);
                break;
            case ConsoleKey.Escape:
                _state.Typing = null;
                break;
            case ConsoleKey.Backspace:
                _state.Typing = typing.Length == 0 ? typing : typing[..^1];
                break;
            default:
                _state.Typing = char.IsControl(key.KeyChar) ? typing : typing + key.KeyChar;
                break;
        }
    }

    private SubscriberModel? Chosen()
    {
        if (_sample.Users is { } users && _state.Row < users.Items.Count)
            return users.Items[_state.Row];
        _state.Message = "subscribers are blocked and kicked in their list: f";
        return null;
    }

    private async Task Block()
    {
        if (Chosen() is not { } user)
            return;
        await Try(async () =>
        {
            // The list may be a second old, and a key pressed twice means what it says.
            SubscriberModel now = await client.Get(PathOf(user, string.Empty), ApiJson.Default.SubscriberModel);
            var change = new UserChangeModel(!now.IsBlocked, RateUp: null, RateDown: null, BurstMs: null);
            SubscriberModel changed = await client.Patch(PathOf(user, string.Empty), change, ApiJson.Default.UserChangeModel, ApiJson.Default.SubscriberModel);
            return $"{changed.Address} is {(changed.IsBlocked ? "blocked" : "free")}";
        });
    }

    private Task Kick(SubscriberModel user) => Try(async () =>
    {
        await client.Post(PathOf(user, "/kick"), ApiJson.Default.KickModel);
        return $"{user.Address} is kicked";
    });

    private async Task Try(Func<Task<string>> act)
    {
        try
        {
            _state.Message = await act();
        }
        catch (ControlException error)
        {
            _state.Message = error.Message;
        }
    }

    private static string PathOf(SubscriberModel user, string act) => string.Create(CultureInfo.InvariantCulture, $"/api/v1/users/{user.Address}{act}?zone={user.Zone}");
}
