import { get } from '../api';
import { h, replace } from '../dom';
import * as format from '../format';
import type { AuditEvents, AuditRecord, AuditState, AuditWho } from '../models';
import { every, type View } from '../view';

const now = (): string => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
const utc = (local: string): string => new Date(local).toISOString();

/** Content of an event in words: names and values, without the braces. */
const words = (content: unknown): string => content === null || content === undefined ? 'erased'
  : typeof content === 'object' ? Object.entries(content as Record<string, unknown>).map(([name, value]) => `${format.words(name)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(' · ') : String(content);

/** Who had a port, what is on record of a subscriber, how things stood; and who changed what. */
export const audit: View = (root, context) => {
  const body = h('tbody');
  const search = h('input', { type: 'search', placeholder: 'who, action, subject, outcome', autocomplete: 'off', oninput: () => void load().catch(() => undefined) });
  const answer = h('div', { class: 'result', role: 'status' });
  const address = h('input', { type: 'text', required: true, placeholder: '203.0.113.7', autocomplete: 'off', spellcheck: 'false' });
  const port = h('input', { type: 'number', required: true, min: 1, max: 65535, placeholder: '40123', class: 'short' });
  const at = h('input', { type: 'datetime-local', step: 1, value: now() });
  const subscriber = h('input', { type: 'text', placeholder: '10.0.0.10', autocomplete: 'off', spellcheck: 'false' });

  const ask = async (run: () => Promise<void>): Promise<void> => {
    replace(answer, h('p', { class: 'muted' }, 'Looking…'));
    try {
      await run();
    } catch (error) {
      replace(answer, h('p', { class: 'problem' }, (error as Error).message));
    }
    await load().catch(() => undefined);
  };
  const who = (event: Event): void => {
    event.preventDefault();
    void ask(async () => {
      const query = new URLSearchParams({ address: address.value.trim(), port: port.value, at: utc(at.value || now()) });
      const found = await get<AuditWho>(`/api/v1/audit/who?${query}`);
      replace(answer, found.user
        ? h('div', { class: 'found' }, h('p', { class: 'lead' }, h('a', { href: `#/users/${found.user}` }, found.user), found.zone > 0 && ` in zone ${found.zone}`, ` had ${found.public}:${found.port}`),
          h('p', null, `at ${format.time(found.at)}: ports ${found.firstPort} to ${found.firstPort + found.portCount - 1}, `, found.since ? `since ${format.time(found.since)}` : 'since before the record begins', found.until ? ` until ${format.time(found.until)}` : ', and has them still'),
          h('p', { class: 'muted' }, `Rests on ${found.basis}${found.event ? `, event ${found.event}` : ''}.`))
        : h('p', { class: 'lead' }, `Nobody on record had ${found.public}:${found.port} at ${format.time(found.at)}.`));
    });
  };
  const history = (): void => void ask(async () => {
    const model = await get<AuditEvents>(`/api/v1/audit/user?limit=200&address=${encodeURIComponent(subscriber.value.trim())}`);
    replace(answer, model.events.length === 0 ? h('p', { class: 'lead' }, 'Nothing on record.') : h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Events of the subscriber' }, h('table', null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Time'), h('th', { scope: 'col' }, 'What happened'), h('th', { scope: 'col' }, 'Details'))),
      h('tbody', null, model.events.map((one) => h('tr', null, h('td', null, format.time(one.at)), h('td', null, format.words(one.event)), h('td', { class: 'wrap' }, words(one.content))))))),
    model.hasMore && h('p', { class: 'muted' }, 'The first 200; natflow audit user has all.'));
  });
  const state = (): void => void ask(async () => {
    const query = new URLSearchParams({ limit: '100', at: utc(at.value || now()) });
    if (subscriber.value.trim()) query.set('search', subscriber.value.trim());
    const model = await get<AuditState>(`/api/v1/audit/state?${query}`);
    replace(answer, h('p', { class: 'lead' }, `${format.count(model.totalUsers)} subscribers, ${format.count(model.totalLeases)} port blocks at ${format.time(model.at)}`), h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'Port blocks then' }, h('table', null,
      h('thead', null, h('tr', null, ['Subscriber', 'Public address', 'Ports', 'Since'].map((label) => h('th', { scope: 'col' }, label)))),
      h('tbody', null, model.leases.map((lease) => h('tr', null, h('td', null, lease.user), h('td', null, lease.public), h('td', null, `${lease.firstPort}–${lease.lastPort}`), h('td', null, format.time(lease.since))))))));
  });

  const load = async (): Promise<void> => {
    const model = await get<{ records: AuditRecord[] }>(`/api/v1/audit?limit=200${search.value ? `&search=${encodeURIComponent(search.value)}` : ''}`);
    replace(body, model.records.map((record) => h('tr', null, h('td', null, format.time(record.time)), h('td', null, record.who, h('span', { class: 'muted' }, ` · ${record.role}`)), h('td', null, record.from), h('td', null, record.action), h('td', { class: 'wrap' }, record.subject), h('td', { class: 'wrap' }, record.outcome))));
    if (model.records.length === 0) replace(body, h('tr', null, h('td', { colspan: 6, class: 'empty' }, 'No change on record.')));
  };
  replace(root,
    h('section', { class: 'card' }, h('header', null, h('h2', { class: 'title' }, 'Who had it?'), h('span', { class: 'muted' }, 'each question is on record too')),
      h('form', { class: 'filters', 'aria-label': 'Who had a public endpoint', onsubmit: who }, h('label', null, h('span', null, 'Public address'), address), h('label', null, h('span', null, 'Port'), port), h('label', null, h('span', null, 'At (local time)'), at), h('button', { type: 'submit' }, 'Find')),
      h('form', { class: 'filters', 'aria-label': 'What is on record about a subscriber', onsubmit: (event) => { event.preventDefault(); history(); } }, h('label', null, h('span', null, 'Subscriber'), subscriber), h('button', { type: 'submit', class: 'quiet' }, 'Its events'), h('button', { type: 'button', class: 'quiet', onclick: state }, 'Port blocks then')),
      answer),
    h('section', { class: 'card' }, h('header', null, h('h2', { class: 'title' }, 'Who changed what')),
      h('form', { class: 'filters', role: 'search', 'aria-label': 'Filter changes', onsubmit: (event) => event.preventDefault() }, h('label', { class: 'wide' }, h('span', null, 'Search'), search)),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Changes' }, h('table', null, h('caption', { class: 'hidden' }, 'Changes'),
        h('thead', null, h('tr', null, ['Time', 'Who', 'From', 'Action', 'Subject', 'Outcome'].map((label) => h('th', { scope: 'col' }, label)))), body))));
  return every(3000, load, context);
};
