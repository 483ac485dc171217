import { get, send } from '../api';
import { h, replace } from '../dom';
import * as format from '../format';
import type { Flow, User } from '../models';
import { table } from '../table';
import { every, may, type Context, type View } from '../view';
import { flowColumns, flowSums } from './flows';

const limit = (rate: number): string => (rate === 0 ? '—' : format.bits(rate));
const badge = (user: User): HTMLElement => h('span', { class: user.isBlocked ? 'badge bad' : 'badge good' }, user.isBlocked ? 'blocked' : 'active');

/** All subscribers, or one of them. */
export const users: View = (root, context) => (context.parameter ? detail(root, context) : table<User>(root, context, {
  caption: 'Subscribers',
  path: '/api/v1/users',
  sort: '-flows',
  filters: [
    { name: 'prefix', label: 'Address or prefix', placeholder: '10.0.0.0/24' },
    { name: 'status', label: 'Status', options: [['', 'any'], ['active', 'active'], ['blocked', 'blocked']] },
  ],
  columns: [
    { label: 'Address', sort: 'address', cell: (user) => h('a', { href: `#/users/${user.address}` }, user.address) },
    { label: 'Status', cell: badge },
    { label: 'Public address', cell: (user) => user.publicAddress ?? '—' },
    { label: 'Flows', sort: 'flows', isNumber: true, cell: (user) => format.count(user.flows) },
    { label: 'Port blocks', sort: 'blocks', isNumber: true, cell: (user) => format.count(user.blocks) },
    { label: 'Sent', sort: 'bytesOut', isNumber: true, cell: (user) => format.bytes(user.bytesOut) },
    { label: 'Received', sort: 'bytesIn', isNumber: true, cell: (user) => format.bytes(user.bytesIn) },
    { label: 'Limit up', isNumber: true, cell: (user) => limit(user.rateUp) },
    { label: 'Limit down', isNumber: true, cell: (user) => limit(user.rateDown) },
  ],
  sums: (list) => `${format.count(list.total)} subscribers with ${format.count(list.sums.flows)} flows`,
}));

function detail(root: HTMLElement, context: Context): () => void {
  const address = context.parameter;
  const facts = h('dl', { class: 'facts' });
  const status = h('span');
  const block = h('button', { type: 'button', class: 'danger', hidden: true, onclick: () => void change({ isBlocked: !current?.isBlocked }) });
  const up = h('input', { type: 'number', min: 0, step: 'any', placeholder: 'none', inputmode: 'decimal' });
  const down = h('input', { type: 'number', min: 0, step: 'any', placeholder: 'none', inputmode: 'decimal' });
  const rates = h('form', { class: 'filters', hidden: true, onsubmit: (event) => { event.preventDefault(); void change({ rateUp: Math.round(Number(up.value) * 1e6), rateDown: Math.round(Number(down.value) * 1e6) }); } },
    h('label', null, h('span', null, 'Up, Mbit/s'), up), h('label', null, h('span', null, 'Down, Mbit/s'), down), h('button', { type: 'submit' }, 'Set limits'));
  const flows = h('div');
  let current: User | null = null;
  let tag = '';

  const load = async (): Promise<void> => {
    const response = await send('GET', `/api/v1/users/${address}`);
    tag = response.headers.get('ETag') ?? '';
    const user: User = await response.json();
    if (!current && user.rateUp + user.rateDown > 0) [up.value, down.value] = [String(user.rateUp / 1e6), String(user.rateDown / 1e6)];
    current = user;
    replace(status, badge(user));
    block.textContent = user.isBlocked ? 'Unblock' : 'Block';
    block.hidden = rates.hidden = !may.operate(context.session);
    const rows: [string, string][] = [
      ['Public address', user.publicAddress ?? '—'], ['Zone', String(user.zone)], ['Flows', format.count(user.flows)], ['Port blocks', format.count(user.blocks)],
      ['Sent by ended flows', format.bytes(user.bytesOut)], ['Received by ended flows', format.bytes(user.bytesIn)], ['Limit up', limit(user.rateUp)], ['Limit down', limit(user.rateDown)],
      ['Dropped by limits', format.count(user.limitDrops)],
    ];
    replace(facts, rows.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
  };
  const change = async (body: object): Promise<void> => {
    try {
      await send('PATCH', `/api/v1/users/${address}`, { body: JSON.stringify(body), type: 'application/json', ifMatch: tag });
      context.toast(`${address}: done`);
    } catch (error) {
      context.toast((error as Error).message, true);
    }
    await load();
  };

  replace(root, h('p', null, h('a', { href: '#/users' }, '‹ All subscribers')),
    h('section', { class: 'card' }, h('header', null, h('h2', { class: 'title' }, address, ' ', status), block), facts, rates), h('h2', { class: 'heading' }, 'Its flows'), flows);
  const stops = [
    every(3000, load, context),
    table<Flow>(flows, context, { caption: `Flows of ${address}`, path: '/api/v1/flows', sort: '-bytes', filters: [], fixed: { address }, columns: flowColumns, sums: flowSums, limit: 25 }),
  ];
  void get(`/api/v1/users/${address}`).catch((error: Error) => replace(facts, h('p', { class: 'problem', role: 'alert' }, error.message)));
  return () => stops.forEach((stop) => stop());
}
