import { get } from '../api';
import { h, replace, type Child } from '../dom';
import * as format from '../format';
import type { ClusterMap, ClusterNode, ClusterShard, Members } from '../models';
import { every, may, type Context, type View } from '../view';

const colors = 8;
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const hue = (index: number): string => `n${index % colors}`;
const letter = (index: number): string => (index < 0 ? '–' : (letters[index] ?? String(index + 1)));
const plural = (value: number, noun: string): string => `${format.count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Nodes and shards of the cluster: who forwards what, who would take over, what is in danger. */
export const cluster: View = (root, context) => {
  const open = { isOpen: false };
  return every(3000, async () => {
    const shards = await get<{ entityTypeKeys: string[] }>('/cluster/shards');
    if (shards.entityTypeKeys.length === 0) alone(root, context, await get<Members>('/cluster/members'));
    else show(root, await get<ClusterMap>('/api/v1/cluster'), open);
  }, context);
};

function alone(root: HTMLElement, context: Context, members: Members): void {
  replace(root, h('section', { class: 'card alone' },
    h('header', null, h('h2', { class: 'title' }, 'This gateway stands alone'), h('span', { class: 'badge' }, members.members[0]?.status.toLowerCase() ?? 'up')),
    h('p', null, 'It forwards everything itself. When it stops, nobody takes its connections over; flows kept for a restart are those of this machine.'),
    h('p', { class: 'muted' }, 'To make it one of several: set ', h('code', null, 'natflow.cluster.enabled = on'), ', a ', h('code', null, 'node'), ' name and the ', h('code', null, 'etcd.endpoints'), ' on each gateway, then restart them one after the other. ',
      may.administer(context.session) ? h('a', { href: '#/configuration' }, 'Open the configuration') : 'An admin can do that in the configuration.')));
}

function show(root: HTMLElement, map: ClusterMap, open: { isOpen: boolean }): void {
  const nodes = [...map.nodes].sort((left, right) => left.name.localeCompare(right.name));
  const place = new Map(nodes.map((node, index) => [node.name, index]));
  const indexOf = (name: string | undefined): number => (name === undefined ? -1 : place.get(name) ?? -1);
  const wasFocused = document.activeElement?.tagName === 'SUMMARY';
  const scrolled = root.querySelector('details .scroll')?.scrollTop ?? 0;
  replace(root,
    verdict(map),
    h('div', { class: 'members' }, nodes.map((node, index) => card(node, index, map))),
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'Shards'), h('span', { class: 'muted' }, 'colour and first letter: owner · second letter: who has a whole copy')),
      h('div', { class: 'shards', 'aria-hidden': 'true' }, map.shards.map((shard) => cell(shard, indexOf))),
      h('details', { open: open.isOpen, ontoggle: (event) => { open.isOpen = (event.target as HTMLDetailsElement).open; } }, h('summary', null, 'As a table'),
        h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Shards' }, h('table', null, h('thead', null, h('tr', null,
          h('th', { scope: 'col', class: 'number' }, 'Shard'), ['Owner', 'Standby', 'Whole copy'].map((label) => h('th', { scope: 'col' }, label)), h('th', { scope: 'col', class: 'number' }, 'Lag'), h('th', { scope: 'col', class: 'number' }, 'Fencing token'))),
        h('tbody', null, map.shards.map((shard) => h('tr', null, h('td', { class: 'number' }, shard.shard), h('td', null, name(shard.owner)), h('td', null, name(shard.standby)), h('td', null, name(shard.copy)),
          h('td', { class: 'number' }, shard.lagMs === undefined ? '—' : `${shard.lagMs.toFixed(1)} ms`), h('td', { class: 'number' }, format.count(shard.token))))))))));
  if (wasFocused) root.querySelector('summary')?.focus();
  root.querySelector('details .scroll')?.scrollTo(0, scrolled);
}

const name = (node: string | undefined): Child => node ?? h('span', { class: 'muted' }, 'nobody');

/** What an operator has to know first: whether all is owned, and whether another node could be lost. */
function verdict(map: ClusterMap): HTMLElement {
  const orphans = map.shards.filter((shard) => !shard.owner).length;
  const bare = map.shards.filter((shard) => shard.owner && !shard.copy).length;
  const away = map.nodes.filter((node) => !node.isReachable || node.state === 'down').map((node) => node.name);
  const isBad = orphans > 0 || away.length > 0;
  const text = orphans > 0 ? `${plural(orphans, 'shard')} ${orphans === 1 ? 'has' : 'have'} no owner: the subscribers in ${orphans === 1 ? 'it' : 'them'} are not forwarded. A node takes over as soon as the lease of the lost one has run out; look at the nodes that are down.`
    : away.length > 0 ? `${away.join(', ')} cannot be reached. Look at the machine and at the network between the nodes.`
      : bare > 0 ? `${plural(bare, 'shard')} ${bare === 1 ? 'has' : 'have'} no whole copy yet: ${map.nodes.length === 1 ? 'a second node would take one.' : 'until it is made, losing the owner ends the connections.'}`
        : 'Every shard has an owner and a whole copy on another node: any one node can be lost.';
  return h('section', { class: 'card' }, h('header', null, h('h2', { class: 'title' }, map.name), h('span', { class: isBad ? 'badge bad' : bare > 0 ? 'badge' : 'badge good' }, isBad ? 'in danger' : bare > 0 ? 'one copy' : 'safe')),
    h('p', { class: isBad ? 'problem' : null, role: isBad ? 'alert' : null }, text),
    h('dl', { class: 'facts' }, ([['Nodes', format.count(map.nodes.length)], ['Shards', format.count(map.shards.length)], ['Leader', map.leader ?? 'nobody'], ['Longest a member', map.oldest ?? 'nobody'], ['You look through', map.self], ['Revision of etcd', format.count(map.revision)]] as [string, string][])
      .map(([title, value]) => h('div', null, h('dt', null, title), h('dd', null, value)))));
}

function card(node: ClusterNode, index: number, map: ClusterMap): HTMLElement {
  const state = node.isReachable ? node.state : 'unreachable';
  const share = map.shards.length === 0 ? 0 : (100 * node.owned) / map.shards.length;
  const bar = h('span', { class: `bar ${hue(index)}` });
  bar.style.width = `${share}%`;
  return h('section', { class: 'card member' },
    h('header', null, h('h2', { class: 'node' }, h('span', { class: `letter ${hue(index)}`, 'aria-hidden': 'true' }, letter(index)), node.name), h('span', { class: state === 'up' ? 'badge good' : state === 'down' || state === 'unreachable' ? 'badge bad' : 'badge' }, state)),
    h('p', { class: 'muted' }, [node.name === map.self && 'this node', node.name === map.leader && 'leader'].filter(Boolean).join(' · ') || 'member'),
    h('div', { class: 'track', 'aria-hidden': 'true' }, bar),
    h('p', null, `owns ${plural(node.owned, 'shard')}, has ${format.count(node.copies)} whole ${node.copies === 1 ? 'copy' : 'copies'}`, node.weight !== 100 && h('span', { class: 'muted' }, ` · weight ${node.weight}`)));
}

function cell(shard: ClusterShard, indexOf: (name: string | undefined) => number): HTMLElement {
  const owner = indexOf(shard.owner);
  const copy = indexOf(shard.copy);
  return h('div', { class: `shard ${owner < 0 ? 'orphan' : hue(owner)}`, title: `shard ${shard.shard}: owner ${shard.owner ?? 'nobody'}, whole copy ${shard.copy ?? 'nobody'}` },
    h('b', null, shard.shard), h('span', null, `${letter(owner)}${letter(copy)}`));
}
