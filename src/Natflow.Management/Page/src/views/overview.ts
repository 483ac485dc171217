import { follow, get } from '../api';
import { Chart } from '../chart';
import { h, replace } from '../dom';
import * as format from '../format';
import type { Flow, List, Overview, User } from '../models';
import { every, type View } from '../view';

const secondsShown = 300;

interface Tile { element: HTMLElement; set: (value: [string, string], note?: string) => void }

function tile(label: string, href?: string): Tile {
  const number = h('span', { class: 'figure' });
  const unit = h('span', { class: 'unit' });
  const note = h('div', { class: 'note' });
  const content = [h('h2', null, label), h('div', { class: 'value' }, number, ' ', unit), note];
  const element = href ? h('a', { class: 'card tile', href }, content) : h('div', { class: 'card tile' }, content);
  return {
    element,
    set: ([value, suffix], text) => {
      number.textContent = value;
      unit.textContent = suffix;
      note.textContent = text ?? '';
    },
  };
}

/** The gateway at a glance: six figures, four plots, who and what is largest. */
export const overview: View = (root, context) => {
  const tiles = {
    rate: tile('Throughput'), packets: tile('Packets'), flows: tile('Flows', '#/flows'),
    users: tile('Subscribers', '#/users'), offload: tile('Offload', '#/offload'), drops: tile('Drops'),
  };
  const charts = {
    rate: new Chart('Throughput', [{ label: 'forwarded', color: '--c1', fill: true }], format.bits),
    packets: new Chart('Packets a second', [{ label: 'from inside', color: '--c1' }, { label: 'from outside', color: '--c2' }], format.short),
    flows: new Chart('New flows a second', [{ label: 'opened', color: '--c2', fill: true }], format.short),
    offload: new Chart('Offload hit rate', [{ label: 'of packets', color: '--c3', fill: true }], (value) => `${Math.round(value)} %`, secondsShown, 100),
  };
  const drops = h('div', { class: 'bars' });
  const users = h('tbody');
  const flows = h('tbody');
  replace(root,
    h('div', { class: 'tiles' }, Object.values(tiles).map((one) => one.element)),
    h('div', { class: 'charts' }, Object.values(charts).map((chart) => chart.element)),
    h('div', { class: 'split' },
      h('section', { class: 'card' }, h('header', null, h('h2', null, 'Drops by reason'), h('span', { class: 'muted' }, 'since the start')), drops),
      h('section', { class: 'card' }, h('header', null, h('h2', null, 'Busiest subscribers'), h('a', { href: '#/users' }, 'All')), h('table', { class: 'small' }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Address'), h('th', { scope: 'col', class: 'number' }, 'Down'), h('th', { scope: 'col', class: 'number' }, 'Up'))), users)),
      h('section', { class: 'card' }, h('header', null, h('h2', null, 'Largest flows'), h('a', { href: '#/flows' }, 'All')), h('table', { class: 'small' }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Flow'), h('th', { scope: 'col', class: 'number' }, 'Bytes'))), flows))));

  let ticks: Overview[] = [];
  const show = (): void => {
    const last = ticks.at(-1);
    if (!last) return;
    const times = ticks.map((tick) => tick.timeMs / 1000);
    charts.rate.set(times, ticks.map((tick) => tick.bitsPerSecond));
    charts.packets.set(times, ticks.map((tick) => tick.packetsOutPerSecond), ticks.map((tick) => tick.packetsInPerSecond));
    charts.flows.set(times, ticks.map((tick) => tick.flowsPerSecond));
    charts.offload.set(times, ticks.map((tick) => tick.offloadPercent));
    const packets = last.packetsOutPerSecond + last.packetsInPerSecond;
    tiles.rate.set(format.bitsParts(last.bitsPerSecond), `peak ${format.bits(Math.max(...ticks.map((tick) => tick.bitsPerSecond)))}`);
    tiles.packets.set(format.rateParts(packets, '/s'), `${format.short(last.packetsOutPerSecond)} out · ${format.short(last.packetsInPerSecond)} in`);
    tiles.flows.set([format.count(last.flows), ''], `${format.short(last.flowsPerSecond)} new a second`);
    tiles.users.set([format.count(last.users), ''], `${format.count(last.portBlocks)} port blocks`);
    tiles.offload.set([last.offloadPercent.toFixed(last.offloadPercent > 99 ? 1 : 0), '%'], 'of packets');
    tiles.drops.set(format.rateParts(last.dropsPerSecond, '/s'), last.receiveLostPerSecond > 0 ? `${format.short(last.receiveLostPerSecond)}/s lost at ports` : 'nothing lost at ports');
    showDrops(drops, last.drops);
  };

  const stopStream = follow<Overview>('/api/v1/streams/overview', (tick) => {
    if (ticks.length > 0 && tick.timeMs <= ticks[ticks.length - 1].timeMs) return;
    ticks = [...ticks.slice(-(secondsShown - 1)), tick];
    show();
  }, context.live);
  void get<{ ticks: Overview[] }>(`/api/v1/history?seconds=${secondsShown}`).then((history) => {
    const newest = history.ticks.at(-1)?.timeMs ?? 0;
    ticks = [...history.ticks, ...ticks.filter((tick) => tick.timeMs > newest)];
    show();
  });
  const stopTop = every(3000, async () => {
    const [top, largest] = await Promise.all([get<List<User>>('/api/v1/users?sort=-speed&limit=8'), get<List<Flow>>('/api/v1/flows?sort=-bytes&limit=5')]);
    replace(users, top.items.map((user) => h('tr', null, h('td', null, h('a', { href: `#/users/${user.address}` }, user.address)), h('td', { class: 'number' }, format.bits(user.user?.rxBitsPerSecond ?? 0)), h('td', { class: 'number' }, format.bits(user.user?.txBitsPerSecond ?? 0)))));
    replace(flows, largest.items.map((flow) => h('tr', null, h('td', null, flow.inside, h('div', { class: 'note' }, `${flow.protocol} to ${flow.remote}`)), h('td', { class: 'number' }, format.bytes(flow.bytesOut + flow.bytesIn)))));
    if (top.items.length === 0) replace(users, h('tr', null, h('td', { colspan: 3, class: 'empty' }, 'No subscriber yet.')));
    if (largest.items.length === 0) replace(flows, h('tr', null, h('td', { colspan: 2, class: 'empty' }, 'No flow yet.')));
  }, context);
  return () => {
    stopStream();
    stopTop();
    Object.values(charts).forEach((chart) => chart.stop());
  };
};

function showDrops(root: HTMLElement, drops: Record<string, number>): void {
  const rows = Object.entries(drops).sort((left, right) => right[1] - left[1]).slice(0, 8);
  if (rows.length === 0) {
    replace(root, h('p', { class: 'empty' }, 'Nothing was dropped.'));
    return;
  }
  const most = Math.log10(1 + rows[0][1]);
  replace(root, rows.map(([reason, count]) => {
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.width = `${Math.max(2, (100 * Math.log10(1 + count)) / most)}%`;
    return h('div', { class: 'row' }, h('span', { class: 'name' }, format.words(reason)), h('span', { class: 'track', 'aria-hidden': 'true' }, bar), h('span', { class: 'number' }, format.count(count)));
  }));
}
