import { follow } from '../api';
import { h, replace } from '../dom';
import type { Visit } from '../models';
import type { View } from '../view';

const kept = 500;
const shown = 200;

/** What subscribers visit, as it happens. The filter works on what this page has received; the log file has the rest. */
export const urls: View = (root, context) => {
  const body = h('tbody');
  const search = h('input', { type: 'search', placeholder: 'host, address, path', autocomplete: 'off', spellcheck: 'false', oninput: () => show() });
  const pause = h('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false', onclick: () => flip() }, 'Pause');
  const summary = h('p', { class: 'summary', role: 'status' });
  let visits: Visit[] = [];
  let isPaused = false;
  let isDue = false;

  const show = (): void => {
    const text = search.value.trim().toLowerCase();
    const matching = text ? visits.filter((visit) => `${visit.host}${visit.uri ?? ''} ${visit.src} ${visit.dst}`.toLowerCase().includes(text)) : visits;
    replace(body, matching.slice(0, shown).map((visit) => h('tr', null,
      h('td', null, visit.time.slice(11, 19)), h('td', null, h('span', { class: 'badge' }, visit.kind)), h('td', null, h('a', { href: `#/users/${visit.src}` }, visit.src)),
      h('td', { class: 'wrap' }, h('strong', null, visit.host), visit.uri ?? ''), h('td', null, `${visit.dst}:${visit.dport}`), h('td', { class: 'number' }, visit.hits),
      h('td', null, h('span', { class: visit.action === 'accept' ? 'badge good' : 'badge bad' }, visit.action)))));
    if (matching.length === 0) replace(body, h('tr', null, h('td', { colspan: 7, class: 'empty' }, visits.length === 0 ? 'Nothing yet. Visits are logged where inspect.enabled and url-log.enabled are on.' : 'Nothing matches.')));
    summary.textContent = `${matching.length} of the last ${visits.length} records`;
  };
  const flip = (): void => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? 'Go on' : 'Pause';
    pause.setAttribute('aria-pressed', String(isPaused));
    if (!isPaused) show();
  };

  replace(root, h('form', { class: 'filters', role: 'search', 'aria-label': 'Filter the URL log', onsubmit: (event) => event.preventDefault() }, h('label', { class: 'wide' }, h('span', null, 'Search'), search), pause),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'URL log' }, h('table', null, h('caption', { class: 'hidden' }, 'URL log'),
      h('thead', null, h('tr', null, ['Time', 'Kind', 'Subscriber', 'Visited', 'Server', 'Hits', 'Action'].map((label) => h('th', { scope: 'col', class: label === 'Hits' ? 'number' : null }, label)))), body)),
    summary);
  show();
  // Many records in one moment are drawn once.
  return follow<Visit>('/api/v1/streams/urls', (visit) => {
    visits = [visit, ...visits].slice(0, kept);
    if (isDue || isPaused) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      if (!isPaused) show();
    });
  }, context.live, '0');
};
