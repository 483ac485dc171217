import { get, Refusal, token } from './api';
import { h, replace } from './dom';
import type { Session } from './models';
import './style.css';
import { may, type View } from './view';
import { audit } from './views/audit';
import { cluster } from './views/cluster';
import { flows, mappings } from './views/flows';
import { overview } from './views/overview';
import { rules } from './views/rules';
import { configuration, health, offload } from './views/system';
import { urls } from './views/urls';
import { users } from './views/users';

interface Entry { name: string; title: string; view: View; allowed?: (session: Session) => boolean }

const entries: Entry[] = [
  { name: 'overview', title: 'Overview', view: overview },
  { name: 'users', title: 'Subscribers', view: users },
  { name: 'flows', title: 'Flows', view: flows },
  { name: 'mappings', title: 'Mappings', view: mappings },
  { name: 'offload', title: 'Offload', view: offload },
  { name: 'rules', title: 'Rules', view: rules },
  { name: 'urls', title: 'URL log', view: urls, allowed: may.audit },
  { name: 'audit', title: 'Audit', view: audit, allowed: may.audit },
  { name: 'cluster', title: 'Cluster', view: cluster },
  { name: 'health', title: 'Health', view: health },
  { name: 'configuration', title: 'Configuration', view: configuration, allowed: may.administer },
];

/** A key for each view, in order. */
const keys = '1234567890-'.split('');
const app = document.getElementById('app')!;
const main = h('main', { id: 'main', tabindex: '-1' });
const heading = h('h1');
const liveDot = h('span', { class: 'live', role: 'status' });
const toasts = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
let session: Session;
let stop: () => void = () => undefined;

const setLive = (isLive: boolean): void => {
  liveDot.className = isLive ? 'live on' : 'live off';
  liveDot.textContent = isLive ? 'live' : 'not connected';
};

const toast = (text: string, isError = false): void => {
  const one = h('div', { class: isError ? 'toast bad' : 'toast' }, text);
  toasts.append(one);
  setTimeout(() => one.remove(), 6000);
};

function theme(): string {
  return localStorage.getItem('natflow.theme') ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
}

function setTheme(name: string): void {
  document.documentElement.dataset.theme = name;
}

function route(): void {
  stop();
  const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
  const shown = entries.filter((entry) => entry.allowed?.(session) ?? true);
  const entry = shown.find((one) => one.name === name) ?? shown[0];
  document.title = `${entry.title} · Natflow`;
  heading.textContent = entry.title;
  document.querySelectorAll('nav a').forEach((link) => {
    if (link.getAttribute('href') === `#/${entry.name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
  document.querySelector('nav a[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const root = h('div', { class: `view ${entry.name}` });
  replace(main, root);
  stop = entry.view(root, { session, parameter: decodeURIComponent(rest.join('/')), live: setLive, toast });
}

function shell(): void {
  const shown = entries.filter((entry) => entry.allowed?.(session) ?? true);
  const help = h('dialog', { 'aria-label': 'Keys' }, h('h2', { class: 'title' }, 'Keys'), h('dl', { class: 'keys' },
    shown.map((entry, index) => h('div', null, h('dt', null, h('kbd', null, keys[index])), h('dd', null, entry.title))),
    h('div', null, h('dt', null, h('kbd', null, '/')), h('dd', null, 'first filter')), h('div', null, h('dt', null, h('kbd', null, 't')), h('dd', null, 'dark or light')), h('div', null, h('dt', null, h('kbd', null, '?')), h('dd', null, 'these keys'))),
    h('form', { method: 'dialog' }, h('button', null, 'Close')));
  const flip = (): void => {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem('natflow.theme', next);
    setTheme(next);
  };
  const leave = (): void => {
    token.set('');
    stop();
    void start();
  };
  replace(app,
    h('a', { class: 'skip', href: '#main', onclick: (event) => { event.preventDefault(); main.focus(); } }, 'Skip to content'),
    h('aside', null, h('div', { class: 'brand' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'Natflow'),
      h('nav', { 'aria-label': 'Views' }, shown.map((entry) => h('a', { href: `#/${entry.name}`, class: `to-${entry.name}` }, entry.title))),
      h('div', { class: 'who' }, h('div', null, session.name, h('span', { class: 'muted' }, ` · ${session.role}`)), h('div', { class: 'muted' }, `version ${session.version}`))),
    h('header', { class: 'top' }, heading, liveDot, h('div', { class: 'tools' },
      h('button', { type: 'button', class: 'icon', 'aria-label': 'Keys', title: 'Keys (?)', onclick: () => help.showModal() }, '?'),
      h('button', { type: 'button', class: 'icon', 'aria-label': 'Dark or light', title: 'Dark or light (t)', onclick: flip }, '◐'),
      token.get() !== '' && h('button', { type: 'button', class: 'quiet', onclick: leave }, 'Sign out'))),
    main, toasts, help);
  document.onkeydown = (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || help.open) return;
    const entry = shown[keys.indexOf(event.key)];
    if (entry) location.hash = `#/${entry.name}`;
    else if (event.key === '/') document.querySelector<HTMLElement>('.filters input')?.focus();
    else if (event.key === 't') flip();
    else if (event.key === '?') help.showModal();
    else return;
    event.preventDefault();
  };
  window.onhashchange = route;
  route();
  performance.mark('natflow interactive');
}

function signIn(message: string): void {
  const field = h('input', { type: 'password', autocomplete: 'current-password', required: true, autofocus: true });
  replace(app, h('main', { class: 'sign-in' }, h('form', { class: 'card', onsubmit: (event) => { event.preventDefault(); token.set(field.value.trim()); void start(); } },
    h('div', { class: 'brand' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'Natflow'), h('h1', null, 'Sign in'),
    message && h('p', { class: 'problem', role: 'alert' }, message), h('label', null, h('span', null, 'Token'), field), h('button', { type: 'submit' }, 'Sign in'),
    h('p', { class: 'muted' }, 'Made on the gateway by ', h('code', null, 'natflow token'), '. It is forgotten when this tab closes.'))));
  field.focus();
}

async function start(): Promise<void> {
  try {
    session = await get<Session>('/api/v1/session');
    shell();
  } catch (error) {
    const isUnknown = error instanceof Refusal && error.status === 401;
    const hadToken = token.get() !== '';
    if (isUnknown) token.set('');
    signIn(isUnknown ? (hadToken ? 'The gateway does not know that token.' : '') : (error as Error).message);
  }
}

setTheme(theme());
void start();
