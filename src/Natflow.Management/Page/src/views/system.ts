import { get, send } from '../api';
import { h, replace } from '../dom';
import * as format from '../format';
import type { Configuration, Health, Offload, ReloadResult, Status } from '../models';
import { every, type View } from '../view';

const rows = (pairs: [string, string][]): HTMLElement => h('dl', { class: 'facts' }, pairs.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));

/** What the PPE forwards, and why it does not forward the rest. */
export const offload: View = (root, context) => every(2000, async () => {
  const model = await get<Offload>('/api/v1/offload');
  const reasons = Object.entries(model.reasons).sort((left, right) => right[1] - left[1]);
  if (model.engine === 'none') {
    replace(root, h('section', { class: 'card alone' }, h('header', null, h('h2', { class: 'title' }, 'Nothing is offloaded'), h('span', { class: 'badge' }, 'engine none')),
      h('p', null, 'Each packet passes the gateway itself. That is right for small loads and for drivers without native XDP.'),
      h('p', { class: 'muted' }, 'To have established flows forwarded in front of it, set ', h('code', null, 'natflow.offload.engine = xdp'), ' (or ', h('code', null, 'flower'), ' for hardware) and restart; ', h('code', null, 'natflow doctor'), ' says what the machine needs for it.')));
    return;
  }
  replace(root,
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'Engine'), h('span', { class: 'badge' }, model.engine)), rows([
      ['Hit rate since the start', `${model.hitRatePercent} %`], ['Entries', `${format.count(model.entries)} of ${format.count(model.capacityEntries)} (${model.occupancyPercent} %)`],
      ['Packets offloaded', format.count(model.offloadedPackets)], ['Bytes offloaded', format.bytes(model.offloadedBytes)], ['Binds a second', format.count(model.bindsPerSecond)],
      ['Bound', format.count(model.bound)], ['Refused', format.count(model.refused)], ['Unbound', format.count(model.unbound)], ['Evicted', format.count(model.evicted)],
      ['Stale', format.count(model.stale)], ['Lost', format.count(model.lost)], ['Delayed', format.count(model.delayed)],
    ])),
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'Flows by reason')), h('table', { class: 'small' },
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Reason'), h('th', { scope: 'col', class: 'number' }, 'Flows'))),
      h('tbody', null, reasons.map(([reason, count]) => h('tr', null, h('td', null, format.words(reason)), h('td', { class: 'number' }, format.count(count))))))));
}, context);

/** Health of the parts, the ports as they really run, notes. */
export const health: View = (root, context) => every(3000, async () => {
  const [status, model] = await Promise.all([get<Status>('/api/v1/status'), get<Health>('/api/v1/health')]);
  replace(root,
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'Checks'), h('span', { class: model.isHealthy ? 'badge good' : 'badge bad' }, model.isHealthy ? 'healthy' : 'not healthy')),
      h('ul', { class: 'checks' }, model.checks.map((check) => h('li', { class: check.isOk ? 'ok' : 'bad' }, h('strong', null, check.name), ' — ', check.detail)))),
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'Gateway')), rows([
      ['Version', status.version], ['Running for', format.duration((Date.now() - Date.parse(status.startedAt)) / 1000)], ['State', status.state], ['Process', String(status.processId)],
      ['Workers', String(status.workers)], ['Shards', String(status.shards)], ['Public addresses', status.publicAddresses.join(', ')], ['Configuration', status.config],
    ])),
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'Ports')), h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Ports' }, h('table', null,
      h('thead', null, h('tr', null, ['Interface', 'Side', 'Zone', 'Mode', 'Queues', 'Lost'].map((label) => h('th', { scope: 'col', class: label === 'Lost' ? 'number' : null }, label)))),
      h('tbody', null, status.ports.map((port) => h('tr', null, h('td', null, port.interface), h('td', null, port.side), h('td', null, port.zone), h('td', null, port.mode),
        h('td', { class: 'wrap' }, port.queues.join('; ')), h('td', { class: 'number' }, format.count(port.receiveLost)))))))),
    status.notes.length > 0 && h('section', { class: 'card' }, h('header', null, h('h2', null, 'Notes')), h('ul', { class: 'notes' }, status.notes.map((note) => h('li', null, note)))));
}, context);

/** The operator's file: tried, applied, and the settings in force. */
export const configuration: View = (root) => {
  const text = h('textarea', { spellcheck: 'false', rows: 18, 'aria-label': 'Configuration file' });
  const result = h('div', { role: 'status', class: 'result' });
  const settings = h('tbody');
  const search = h('input', { type: 'search', placeholder: 'part of a key', oninput: () => showSettings() });
  let tag = '';
  let values: Configuration['values'] = [];
  const showSettings = (): void => replace(settings, values.filter((value) => value.path.includes(search.value.trim())).map((value) => h('tr', null,
    h('td', null, value.path), h('td', { class: 'wrap' }, value.value), h('td', null, value.source), h('td', null, value.isLive ? 'reload' : 'restart'))));
  const load = async (): Promise<void> => {
    const response = await send('GET', '/api/v1/configuration');
    tag = response.headers.get('ETag') ?? '';
    const model: Configuration = await response.json();
    text.value = model.text;
    values = model.values;
    showSettings();
  };
  const errors = (list: string[]): HTMLElement => h('ul', { class: 'problem' }, list.map((error) => h('li', null, error)));
  const attempt = async (run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      replace(result, h('p', { class: 'problem' }, (error as Error).message));
    }
  };
  const validate = (): Promise<void> => attempt(async () => {
    const answer: { isValid: boolean; errors: string[] } = await (await send('POST', '/api/v1/configuration/validate', { body: text.value, type: 'application/hocon' })).json();
    replace(result, answer.isValid ? h('p', { class: 'fine' }, 'Valid: it can be taken over.') : errors(answer.errors));
  });
  const apply = (): Promise<void> => attempt(async () => {
    const response = await send('PUT', '/api/v1/configuration', { body: text.value, type: 'application/hocon', ifMatch: tag, accept: [422] });
    const answer: ReloadResult = await response.json();
    if (!answer.isValid) {
      replace(result, errors(answer.errors));
      return;
    }
    await load();
    replace(result, h('p', { class: 'fine' }, `Written. In force now: ${answer.applied.join(', ') || 'nothing new'}.`), answer.needRestart.length > 0 && h('p', null, `Waits for a restart: ${answer.needRestart.join(', ')}.`));
  });
  replace(root,
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'File')), text, h('div', { class: 'actions' },
      h('button', { type: 'button', class: 'quiet', onclick: () => void validate() }, 'Check'), h('button', { type: 'button', onclick: () => void apply() }, 'Write and apply')), result),
    h('section', { class: 'card' }, h('header', null, h('h2', null, 'In force')), h('div', { class: 'filters' }, h('label', { class: 'wide' }, h('span', null, 'Find'), search)),
      h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Settings in force' }, h('table', null,
        h('thead', null, h('tr', null, ['Key', 'Value', 'Written in', 'Changed by'].map((label) => h('th', { scope: 'col' }, label)))), settings))));
  void attempt(load);
  return () => undefined;
};
