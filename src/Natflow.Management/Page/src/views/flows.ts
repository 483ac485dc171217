import { h } from '../dom';
import * as format from '../format';
import type { Flow, List, Mapping } from '../models';
import { table, type Column } from '../table';
import type { View } from '../view';

export const flowColumns: Column<Flow>[] = [
  { label: 'Protocol', cell: (flow) => flow.protocol },
  { label: 'Inside', sort: 'inside', cell: (flow) => flow.inside },
  { label: 'Public', cell: (flow) => flow.external },
  { label: 'Other end', sort: 'remote', cell: (flow) => flow.remote },
  { label: 'State', cell: (flow) => format.words(flow.state) },
  { label: 'Sent', sort: 'bytesOut', isNumber: true, cell: (flow) => format.bytes(flow.bytesOut) },
  { label: 'Received', sort: 'bytesIn', isNumber: true, cell: (flow) => format.bytes(flow.bytesIn) },
  { label: 'Packets', sort: 'packets', isNumber: true, cell: (flow) => format.count(flow.packetsOut + flow.packetsIn) },
  { label: 'Age', sort: 'age', isNumber: true, cell: (flow) => format.duration(flow.ageSeconds) },
  { label: 'Idle', sort: 'idle', isNumber: true, cell: (flow) => format.duration(flow.idleSeconds) },
  { label: 'Offload', cell: (flow) => h('span', { class: flow.offload === 'Offloaded' ? 'badge good' : 'badge' }, format.words(flow.offload)) },
];

export const flowSums = (list: List<Flow>): string =>
  `${format.count(list.total)} flows · ${format.bytes(list.sums.bytesOut)} sent · ${format.bytes(list.sums.bytesIn)} received · ${format.count(list.sums.packetsOut + list.sums.packetsIn)} packets`;

const ends = [
  { name: 'address', label: 'Address', placeholder: 'at any end' },
  { name: 'port', label: 'Port', placeholder: 'at any end' },
  { name: 'protocol', label: 'Protocol', options: [['', 'any'], ['tcp', 'tcp'], ['udp', 'udp'], ['icmp', 'icmp']] as [string, string][] },
];

export const flows: View = (root, context) => table<Flow>(root, context, {
  caption: 'Flows', path: '/api/v1/flows', sort: '-bytes', columns: flowColumns, sums: flowSums,
  filters: [...ends, { name: 'offload', label: 'Offload', options: [['', 'any'], ['Offloaded', 'offloaded']] as [string, string][] }],
});

export const mappings: View = (root, context) => table<Mapping>(root, context, {
  caption: 'Mappings', path: '/api/v1/mappings', sort: '-uses', filters: ends,
  columns: [
    { label: 'Protocol', cell: (mapping) => mapping.protocol },
    { label: 'Inside', sort: 'inside', cell: (mapping) => mapping.inside },
    { label: 'Public', sort: 'external', cell: (mapping) => mapping.external },
    { label: 'Zone', isNumber: true, cell: (mapping) => mapping.zone },
    { label: 'Uses', sort: 'uses', isNumber: true, cell: (mapping) => format.count(mapping.uses) },
  ],
  sums: (list) => `${format.count(list.total)} mappings used by ${format.count(list.sums.flows)} flows`,
});
