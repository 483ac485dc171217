import { get, send } from '../api';
import { Chart } from '../chart';
import { h, replace } from '../dom';
import * as format from '../format';
import type { AuditEvents, Flow, KnownUser, User } from '../models';
import { table } from '../table';
import { every, may, type Context, type View } from '../view';
import { flowColumns, flowSums } from './flows';

const pointsKept = 150;
const noMac = '00:00:00:00:00:00';
const mac = (user: KnownUser | undefined): string => (user && user.mac !== noMac ? user.mac + (user.isRandomMac ? ' (random)' : '') : '—');
const limit = (rate: number): string => (rate === 0 ? '—' : format.bits(rate));
const speed = (rate: number | undefined): string => (rate ? format.bits(rate) : '—');
const statusWords: Record<string, string> = { none: 'active', ok: 'active', bypass: 'let through', required: 'must log in', vip: 'on white list', blocked: 'blocked' };
const statusOf = (user: User): string => (user.isBlocked ? 'blocked' : (user.user?.status ?? 'none').toLowerCase());
const badge = (user: User): HTMLElement => {
  const status = statusOf(user);
  return h('span', { class: status === 'blocked' ? 'badge bad' : status === 'required' ? 'badge' : 'badge good' }, statusWords[status] ?? status);
};

/** All subscribers, or one of them. */
export const users: View = (root, context) => (context.parameter ? detail(root, context) : table<User>(root, context, {
  caption: 'Subscribers',
  path: '/api/v1/users',
  sort: '-speed',
  filters: [
    { name: 'prefix', label: 'Address or prefix', placeholder: '10.0.0.0/24' },
    { name: 'search', label: 'Login or MAC', placeholder: 'part of it' },
    { name: 'status', label: 'Status', options: [['', 'any'], ['active', 'not blocked'], ['blocked', 'blocked'], ['required', 'must log in'], ['ok', 'let in'], ['bypass', 'let through'], ['vip', 'on white list']] },
  ],
  columns: [
    { label: 'Address', sort: 'address', cell: (user) => h('a', { href: `#/users/${user.address}${user.zone > 0 ? `?zone=${user.zone}` : ''}` }, user.address) },
    { label: 'Status', cell: badge },
    { label: 'Down now', sort: 'speedDown', isNumber: true, cell: (user) => speed(user.user?.rxBitsPerSecond) },
    { label: 'Up now', sort: 'speedUp', isNumber: true, cell: (user) => speed(user.user?.txBitsPerSecond) },
    { label: 'Flows', sort: 'flows', isNumber: true, cell: (user) => format.count(user.flows) },
    { label: 'Received', sort: 'bytesIn', isNumber: true, cell: (user) => format.bytes(user.bytesIn) },
    { label: 'Sent', sort: 'bytesOut', isNumber: true, cell: (user) => format.bytes(user.bytesOut) },
    { label: 'Public address', cell: (user) => user.publicAddress ?? '—' },
    { label: 'Login', cell: (user) => user.user?.login || '—' },
    { label: 'MAC', cell: (user) => mac(user.user) },
    { label: 'Limit down / up', cell: (user) => (user.rateDown + user.rateUp === 0 ? '—' : `${limit(user.rateDown)} / ${limit(user.rateUp)}`) },
  ],
  sums: (list) => `${format.count(list.total)} ${list.total === 1 ? 'subscriber' : 'subscribers'} with ${format.count(list.sums.flows)} flows; ${format.bytes(list.sums.bytesIn)} received, ${format.bytes(list.sums.bytesOut)} sent`,
}));

function detail(root: HTMLElement, context: Context): () => void {
  const [address, query] = context.parameter.split('?');
  const path = `/api/v1/users/${address}`;
  const suffix = query ? `?${query}` : '';
  const facts = h('dl', { class: 'facts' });
  const status = h('span');
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const chart = new Chart('Speed', [{ label: 'down', color: '--c1', fill: true }, { label: 'up', color: '--c2' }], format.bits);
  const block = h('button', { type: 'button', class: 'danger', onclick: () => void change({ isBlocked: !current?.isBlocked }, current?.isBlocked ? 'unblocked' : 'blocked') });
  const kick = h('button', { type: 'button', class: 'quiet', title: 'Ends its session and its flows; the rules look at it anew', onclick: () => void act(() => send('POST', `${path}/kick${suffix}`), 'kicked: its session and flows are ended') }, 'Kick');
  const actions = h('div', { class: 'actions inline', hidden: true }, kick, block);
  const up = h('input', { type: 'number', min: 0, step: 'any', placeholder: 'none', inputmode: 'decimal' });
  const down = h('input', { type: 'number', min: 0, step: 'any', placeholder: 'none', inputmode: 'decimal' });
  const setLimits = (): void => void change({ rateUp: Math.round(Number(up.value) * 1e6), rateDown: Math.round(Number(down.value) * 1e6) }, Number(up.value) + Number(down.value) === 0 ? 'no limits of its own' : 'limits set');
  const rates = h('form', { class: 'filters', hidden: true, onsubmit: (event) => { event.preventDefault(); setLimits(); } },
    h('label', null, h('span', null, 'Down, Mbit/s'), down), h('label', null, h('span', null, 'Up, Mbit/s'), up), h('button', { type: 'submit', class: 'quiet' }, 'Set limits'));
  const flows = h('div');
  const record = h('tbody');
  let current: User | null = null;
  let tag = '';
  let points: { at: number; down: number; up: number }[] = [];

  const load = async (): Promise<void> => {
    let user: User;
    try {
      const response = await send('GET', path + suffix);
      tag = response.headers.get('ETag') ?? '';
      user = await response.json();
    } catch (error) {
      problem.textContent = (error as Error).message;
      problem.hidden = false;
      throw error;
    }
    problem.hidden = true;
    if (!current && user.rateUp + user.rateDown > 0) [up.value, down.value] = [String(user.rateUp / 1e6), String(user.rateDown / 1e6)];
    current = user;
    replace(status, badge(user));
    block.textContent = user.isBlocked ? 'Unblock' : 'Block';
    actions.hidden = rates.hidden = !may.operate(context.session);
    const more = user.user;
    const rows: [string, string | false | undefined][] = [
      ['Down now', speed(more?.rxBitsPerSecond)], ['Up now', speed(more?.txBitsPerSecond)], ['Received', format.bytes(user.bytesIn)], ['Sent', format.bytes(user.bytesOut)],
      ['Limit down', limit(user.rateDown)], ['Limit up', limit(user.rateUp)], ['Dropped by limits', format.count(user.limitDrops)], ['Flows', format.count(user.flows)],
      ['Public address', user.publicAddress ?? '—'], ['Port blocks', format.count(user.blocks)], ['Zone', String(user.zone)], ['Interface', more?.interface || false],
      ['Login', more?.login || false], ['MAC', more && mac(more)], ['Rule', more && more.rule !== 255 ? `${more.rule} (${more.type.toLowerCase()})` : false], ['Idle', more && format.duration(more.idleSeconds)],
      ['All its addresses', more && more.addresses.length > 1 ? more.addresses.join(', ') : false],
    ];
    replace(facts, rows.filter(([, value]) => value).map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value as string))));
    points = [...points, { at: Date.now() / 1000, down: more?.rxBitsPerSecond ?? 0, up: more?.txBitsPerSecond ?? 0 }].slice(-pointsKept);
    chart.set(points.map((one) => one.at), points.map((one) => one.down), points.map((one) => one.up));
  };
  const act = async (run: () => Promise<unknown>, done: string): Promise<void> => {
    try {
      await run();
      context.toast(`${address}: ${done}`);
    } catch (error) {
      context.toast((error as Error).message, true);
    }
    await load().catch(() => undefined);
  };
  const change = (body: object, done: string): Promise<void> => act(() => send('PATCH', path + suffix, { body: JSON.stringify(body), type: 'application/json', ifMatch: tag }), done);
  const showRecord = async (): Promise<void> => {
    const model = await get<AuditEvents>(`/api/v1/audit/user?limit=20&address=${address}`);
    replace(record, model.events.map((one) => h('tr', null, h('td', null, format.time(one.at)), h('td', null, format.words(one.event)))));
    if (model.events.length === 0) replace(record, h('tr', null, h('td', { class: 'empty' }, 'Nothing on record.')));
  };

  replace(root, h('p', null, h('a', { href: '#/users' }, '‹ All subscribers')), problem,
    h('section', { class: 'card' }, h('header', null, h('h2', { class: 'title' }, address, ' ', status), actions), facts, rates),
    h('div', { class: 'split' }, chart.element,
      may.audit(context.session) && h('section', { class: 'card' }, h('header', null, h('h2', null, 'On record'), h('a', { href: '#/audit' }, 'Audit')),
        h('div', null, h('button', { type: 'button', class: 'quiet', onclick: (event) => { (event.target as HTMLElement).remove(); void showRecord().catch((error: Error) => context.toast(error.message, true)); } }, 'Show its events')), h('table', { class: 'small' }, record))),
    h('h2', { class: 'heading' }, 'Its flows'), flows);
  const stops = [
    every(2000, load, context),
    table<Flow>(flows, context, { caption: `Flows of ${address}`, path: '/api/v1/flows', sort: '-bytes', filters: [], fixed: { address }, columns: flowColumns, sums: flowSums, limit: 25 }),
  ];
  return () => {
    stops.forEach((stop) => stop());
    chart.stop();
  };
}
