import { Refusal, send } from '../api';
import { h, replace } from '../dom';
import { editor, type Field } from '../editor';
import * as format from '../format';
import { may, type Context, type View } from '../view';

interface AclRule { slot: number; action: string; host: string }
interface Acl { default: string; redirectUrl: string; rules: AclRule[]; total: number }

const actions = ['accept', 'drop', 'reset', 'redirect'];
const any = 'any';

const tables: { name: string; title: string; view: View }[] = [
  { name: 'qos', title: 'Speed (QoS)', view: (root, context) => editor(root, context, {
    path: '/api/v1/qos', noun: 'rule', rowsKey: 'rules', isOrdered: true,
    hint: 'The first rule that matches a flow counts; all its flows share the rates. An address may be a net or the name of a set; empty matches everything, an empty rate limits nothing.',
    settings: [{ key: 'mode', label: 'Limit rates, or mark classes', options: ['police', 'mark'] }],
    fields: [
      { key: 'user', label: 'Subscriber', placeholder: any }, { key: 'userPort', label: 'Port', placeholder: any }, { key: 'remote', label: 'Remote', placeholder: any }, { key: 'remotePort', label: 'Remote port', placeholder: any },
      { key: 'protocol', label: 'Protocol', options: ['', 'tcp', 'udp'] }, { key: 'rateDown', label: 'Down, Mbit/s', kind: 'rate', placeholder: 'no limit' }, { key: 'rateUp', label: 'Up, Mbit/s', kind: 'rate', placeholder: 'no limit' },
    ],
    fresh: { user: '', userPort: '', remote: '', remotePort: '', protocol: '', rateDown: 0, rateUp: 0 },
  }) },
  { name: 'hosts', title: 'Hosts (ACL)', view: (root, context) => acl(root, context) },
  { name: 'auth', title: 'Login', view: (root, context) => editor(root, context, {
    path: '/api/v1/auth-rules', noun: 'rule', rowsKey: 'rules', isOrdered: true, hint: 'The first rule whose zone and set hold a subscriber says how it gets in: at once (auto), or after a login on the portal (web).',
    settings: [
      { key: 'isEnabled', label: 'In force', kind: 'switch' }, { key: 'idleSeconds', label: 'Idle life, s', kind: 'number' }, { key: 'portalIpv4', label: 'Portal' }, { key: 'portalIpv6', label: 'Portal, IPv6' },
      { key: 'redirectsHttps', label: 'Redirect HTTPS', kind: 'switch' }, { key: 'httpsPort', label: 'HTTPS port', kind: 'number' }, { key: 'destinationBypass', label: 'Free destinations (set)', placeholder: 'none' }, { key: 'sourceBypass', label: 'Free sources (set)', placeholder: 'none' },
    ],
    fields: [
      { key: 'id', label: 'Id', kind: 'number' }, { key: 'zone', label: 'Zone', kind: 'number' }, { key: 'type', label: 'Type', options: ['auto', 'web'] }, { key: 'sources', label: 'Sources (set)' },
      { key: 'whiteAddresses', label: 'Free addresses (set)', placeholder: 'none' }, { key: 'whiteMacs', label: 'Free MACs (set)', placeholder: 'none' },
    ],
    fresh: { id: 1, zone: 0, type: 'auto', sources: '', whiteAddresses: '', whiteMacs: '' },
  }) },
  { name: 'zones', title: 'Zones', view: (root, context) => editor(root, context, {
    path: '/api/v1/zones', noun: 'rule', rowsKey: 'rules', isOrdered: true, hint: 'The first rule that matches an interface gives it its zone. lan+ stands for every name that begins with lan. Without rules, a port’s zone is that of its configuration.',
    fields: [{ key: 'kind', label: 'Kind', options: ['lan', 'wan'] }, { key: 'zone', label: 'Zone', kind: 'number' }, { key: 'interface', label: 'Interface', placeholder: 'lan+' }], fresh: { kind: 'lan', zone: 0, interface: '' },
  }) },
  { name: 'sets', title: 'Sets', view: (root, context) => editor(root, context, {
    path: '/api/v1/sets', noun: 'set', rowsKey: 'sets', hint: 'Named lists of addresses, nets, ranges, MACs and ports, which rules refer to. Written to the configuration file.',
    fields: [
      { key: 'name', label: 'Name' }, { key: 'entries', label: 'Entries, one a line', kind: 'lines', placeholder: '10.1.0.0/16' }, { key: 'file', label: 'More from a file', placeholder: 'none' }, { key: 'isKernel', label: 'And the kernel’s', kind: 'switch' },
      { key: 'ranges', label: 'Ranges held', kind: 'fixed' }, { key: 'macs', label: 'MACs held', kind: 'fixed' },
    ],
    fresh: { name: '', entries: [], file: '', isKernel: false },
  }) },
  { name: 'forwards', title: 'Port forwards', view: (root, context) => editor(root, context, {
    path: '/api/v1/port-forwards', noun: 'forward', rowsKey: 'forwards', hint: 'Public ports that always lead inside. Written to the configuration file; one that a subscriber uses at the moment is refused.',
    fields: [
      { key: 'protocol', label: 'Protocol', options: ['tcp', 'udp'] }, { key: 'address', label: 'Public address', placeholder: 'the first' }, { key: 'port', label: 'Public port', kind: 'number' }, { key: 'to', label: 'Inside address' },
      { key: 'toPort', label: 'Inside port', kind: 'number', placeholder: 'the same' }, { key: 'zone', label: 'Zone', kind: 'number' },
    ] satisfies Field[],
    fresh: { protocol: 'tcp', address: '', port: 443, to: '', toPort: null, zone: 0 },
  }) },
];

/** All tables of rules, one at a time. */
export const rules: View = (root, context) => {
  const table = tables.find((one) => one.name === context.parameter) ?? tables[0];
  const area = h('div', { class: 'card table-editor' });
  replace(root, h('div', { class: 'tabs', role: 'navigation', 'aria-label': 'Tables of rules' }, tables.map((one) => h('a', { href: `#/rules/${one.name}`, 'aria-current': one === table ? 'true' : null }, one.title))),
    !may.administer(context.session) && h('p', { class: 'muted' }, 'Shown as they are: an admin may change them.'), area);
  return table.view(area, context);
};

/** Host rules may be a million: found by search, added and taken out one by one. */
function acl(root: HTMLElement, context: Context): () => void {
  const mayEdit = may.administer(context.session);
  const limit = 50;
  const body = h('tbody');
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const range = h('span', { class: 'range', role: 'status' });
  const search = h('input', { type: 'search', placeholder: 'part of a host', autocomplete: 'off', oninput: () => move(0) });
  const action = h('select', { onchange: () => move(0) }, ['', ...actions].map((one) => h('option', { value: one }, one || 'any')));
  const previous = h('button', { type: 'button', class: 'quiet', onclick: () => move(offset - limit) }, '‹ Previous');
  const next = h('button', { type: 'button', class: 'quiet', onclick: () => move(offset + limit) }, 'Next ›');
  const otherwise = h('select', { disabled: !mayEdit, onchange: () => void change({ default: otherwise.value }, 'The default is set.') }, actions.map((one) => h('option', { value: one }, one)));
  const host = h('input', { type: 'text', required: true, placeholder: 'ads.example', autocomplete: 'off', spellcheck: 'false' });
  const slot = h('input', { type: 'number', min: 0, max: 63, value: 0, class: 'short' });
  const wanted = h('select', null, actions.map((one) => h('option', { value: one, selected: one === 'drop' }, one)));
  let offset = 0;
  let tag = '';

  const fail = (error: unknown): void => {
    problem.textContent = error instanceof Refusal && error.status === 412 ? 'Somebody else has changed the rules since. They are shown as they are now; try again.' : (error as Error).message;
    problem.hidden = false;
  };
  const load = async (): Promise<void> => {
    const query = new URLSearchParams({ limit: String(limit), offset: String(offset) });
    if (search.value.trim()) query.set('search', search.value.trim());
    if (action.value) query.set('action', action.value);
    const response = await send('GET', `/api/v1/acl?${query}`);
    tag = response.headers.get('ETag') ?? '';
    const model: Acl = await response.json();
    otherwise.value = model.default;
    replace(body, model.rules.map((rule) => h('tr', null, h('td', null, h('strong', null, rule.host)), h('td', null, h('span', { class: rule.action === 'accept' ? 'badge good' : 'badge bad' }, rule.action)), h('td', { class: 'number' }, rule.slot),
      mayEdit && h('td', { class: 'row-tools' }, h('button', { type: 'button', class: 'icon', 'aria-label': `Remove ${rule.host}`, title: 'Remove', onclick: () => void change({ remove: [rule] }, `${rule.host} is taken out.`) }, '✕')))));
    if (model.rules.length === 0) replace(body, h('tr', null, h('td', { colspan: 4, class: 'empty' }, search.value || action.value ? 'Nothing matches.' : 'No host rule yet.')));
    range.textContent = model.total === 0 ? '' : `${format.count(offset + 1)}–${format.count(offset + model.rules.length)} of ${format.count(model.total)}`;
    previous.disabled = offset === 0;
    next.disabled = offset + model.rules.length >= model.total;
  };
  const reload = (): void => void load().catch(fail);
  const move = (to: number): void => {
    offset = Math.max(0, to);
    reload();
  };
  const change = async (body: object, done: string): Promise<void> => {
    problem.hidden = true;
    try {
      await send('PATCH', '/api/v1/acl', { body: JSON.stringify(body), type: 'application/json', ifMatch: tag });
      context.toast(done);
    } catch (error) {
      fail(error);
    }
    reload();
  };
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    const name = host.value.trim();
    await change({ add: [{ slot: Number(slot.value), action: wanted.value, host: name }] }, `${name}: ${wanted.value}`);
    if (problem.hidden) host.value = '';
    host.focus();
  };

  replace(root, h('p', { class: 'muted' }, 'Names that HTTP, TLS, QUIC and DNS carry, each with all names under it. Of several rules that hit, the lowest slot counts.'), problem,
    mayEdit && h('form', { class: 'filters add', 'aria-label': 'Add a host rule', onsubmit: (event) => void add(event) }, h('label', { class: 'wide' }, h('span', null, 'Host'), host), h('label', null, h('span', null, 'Action'), wanted), h('label', null, h('span', null, 'Slot'), slot), h('button', { type: 'submit' }, 'Add rule')),
    h('div', { class: 'filters', role: 'search', 'aria-label': 'Find host rules' }, h('label', { class: 'wide' }, h('span', null, 'Find'), search), h('label', null, h('span', null, 'With action'), action), h('label', null, h('span', null, 'Where no rule hits'), otherwise)),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Host rules' }, h('table', null, h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Host'), h('th', { scope: 'col' }, 'Action'), h('th', { scope: 'col', class: 'number' }, 'Slot'), mayEdit && h('th', { scope: 'col' }, h('span', { class: 'hidden' }, 'Change')))), body)),
    h('div', { class: 'foot' }, range, h('div', { class: 'pager' }, previous, next)));
  reload();
  return () => undefined;
}
