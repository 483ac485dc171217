import { Refusal, send } from './api';
import { h, replace } from './dom';
import { may, type Context } from './view';

type Value = string | number | boolean | null | undefined | string[];
type Row = Record<string, Value>;
type Model = Record<string, Value | Row[]>;

/** A member of a row or of the table: how it is shown and typed. Rates are bit/s in the model and Mbit/s on the page. */
export interface Field { key: string; label: string; kind?: 'text' | 'number' | 'rate' | 'switch' | 'lines' | 'fixed'; options?: string[]; placeholder?: string; wide?: boolean }

interface Options { path: string; noun: string; rowsKey: string; hint: string; settings?: Field[]; fields: Field[]; fresh: Row; isOrdered?: boolean }

const shown = (field: Field, value: Value): string => {
  if (field.kind === 'rate') return Number(value) === 0 ? '' : String(Number(value) / 1e6);
  if (Array.isArray(value)) return value.join('\n');
  return value === null || value === undefined ? '' : String(value);
};

const read = (field: Field, text: string): Value => {
  if (field.kind === 'rate') return Math.round(Number(text || 0) * 1e6);
  if (field.kind === 'number') return text === '' ? null : Number(text);
  if (field.kind === 'lines') return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return text;
};

/** A table of rules that is edited as a whole: nothing is in force before it is saved, and nothing is saved over what somebody else has changed since. */
export function editor(root: HTMLElement, context: Context, options: Options): () => void {
  const mayEdit = may.administer(context.session);
  const body = h('tbody');
  const settings = h('div', { class: 'filters settings' });
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const state = h('span', { class: 'summary', role: 'status' });
  const save = h('button', { type: 'button', disabled: true, onclick: () => void store() }, 'Save');
  const discard = h('button', { type: 'button', class: 'quiet', disabled: true, onclick: () => void load() }, 'Discard changes');
  const add = h('button', { type: 'button', class: 'quiet', onclick: () => append() }, `Add ${options.noun}`);
  let model: Model = {};
  let rows: Row[] = [];
  let tag = '';
  let isDirty = false;

  const dirty = (value: boolean): void => {
    isDirty = value;
    save.disabled = discard.disabled = !value;
    state.textContent = value ? 'Not saved yet.' : rows.length === 0 ? '' : `${rows.length} ${options.noun}${rows.length === 1 ? '' : 's'} in force`;
  };
  const fail = (error: unknown): void => {
    problem.textContent = error instanceof Refusal && error.status === 412 ? 'Somebody else has changed this since you opened it. Discard your changes to see theirs.' : (error as Error).message;
    problem.hidden = false;
  };

  const control = (field: Field, target: Model | Row, name: string): HTMLElement => {
    const value = target[field.key] as Value;
    if (field.kind === 'fixed' || !mayEdit) {
      if (field.kind === 'switch') return h('span', null, value ? 'yes' : 'no');
      if (field.kind === 'rate') return h('span', null, Number(value) === 0 ? '—' : `${Number(value) / 1e6} Mbit/s`);
      return h('span', { class: field.kind === 'lines' ? 'lines' : null }, shown(field, value) || '—');
    }
    const set = (event: Event): void => {
      const input = event.target as HTMLInputElement;
      target[field.key] = field.kind === 'switch' ? input.checked : read(field, input.value);
      dirty(true);
    };
    if (field.kind === 'switch') return h('input', { type: 'checkbox', 'aria-label': name, checked: value === true, onchange: set });
    if (field.options) return h('select', { 'aria-label': name, onchange: set }, field.options.map((option) => h('option', { value: option, selected: option === (value ?? '') }, option || 'any')));
    if (field.kind === 'lines') {
      const area = h('textarea', { 'aria-label': name, rows: Math.min(8, Math.max(2, (value as string[] ?? []).length + 1)), placeholder: field.placeholder ?? '', spellcheck: 'false', oninput: set });
      area.value = shown(field, value);
      return area;
    }
    const isNumber = field.kind === 'number' || field.kind === 'rate';
    return h('input', { 'aria-label': name, type: isNumber ? 'number' : 'text', min: isNumber ? 0 : null, step: field.kind === 'rate' ? 'any' : null, value: shown(field, value), placeholder: field.placeholder ?? '', spellcheck: 'false', autocomplete: 'off', class: isNumber ? 'short' : null, oninput: set });
  };

  const change = (edit: () => void, focus?: () => HTMLElement | null): void => {
    edit();
    show();
    dirty(true);
    focus?.()?.focus();
  };
  const append = (): void => change(() => rows.push({ ...options.fresh }), () => body.querySelector('tr:last-child input, tr:last-child select'));
  const tools = (index: number): HTMLElement => h('td', { class: 'row-tools' },
    options.isOrdered && h('button', { type: 'button', class: 'icon', 'aria-label': `Move ${options.noun} ${index + 1} up`, title: 'Up', disabled: index === 0, onclick: () => change(() => rows.splice(index - 1, 0, ...rows.splice(index, 1))) }, '↑'),
    options.isOrdered && h('button', { type: 'button', class: 'icon', 'aria-label': `Move ${options.noun} ${index + 1} down`, title: 'Down', disabled: index === rows.length - 1, onclick: () => change(() => rows.splice(index + 1, 0, ...rows.splice(index, 1))) }, '↓'),
    h('button', { type: 'button', class: 'icon', 'aria-label': `Remove ${options.noun} ${index + 1}`, title: 'Remove', onclick: () => change(() => rows.splice(index, 1), () => add) }, '✕'));

  const show = (): void => {
    replace(body, rows.map((row, index) => h('tr', null, options.isOrdered && h('td', { class: 'number muted place' }, index + 1),
      options.fields.map((field) => h('td', { 'data-label': field.label }, control(field, row, `${field.label} of ${options.noun} ${index + 1}`))), mayEdit && tools(index))));
    if (rows.length === 0) replace(body, h('tr', null, h('td', { colspan: options.fields.length + 2, class: 'empty' }, `No ${options.noun} yet.`)));
    replace(settings, (options.settings ?? []).map((field) => h('label', { class: field.kind === 'switch' ? 'switch' : null }, h('span', null, field.label), control(field, model, field.label))));
  };

  const take = async (response: Response): Promise<void> => {
    tag = response.headers.get('ETag') ?? '';
    model = await response.json();
    rows = (model[options.rowsKey] as Row[]).map((row) => ({ ...row }));
    problem.hidden = true;
    show();
    dirty(false);
  };
  const load = async (): Promise<void> => {
    try {
      await take(await send('GET', options.path));
    } catch (error) {
      fail(error);
    }
  };
  const store = async (): Promise<void> => {
    try {
      await take(await send('PUT', options.path, { body: JSON.stringify({ ...model, [options.rowsKey]: rows }), type: 'application/json', ifMatch: tag }));
      context.toast('Saved: it is in force now.');
    } catch (error) {
      fail(error);
    }
  };
  const warn = (event: BeforeUnloadEvent): void => {
    if (isDirty) event.preventDefault();
  };
  window.addEventListener('beforeunload', warn);

  replace(root, h('p', { class: 'muted' }, options.hint), problem, (options.settings ?? []).length > 0 && settings,
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${options.noun}s` }, h('table', { class: 'edit' }, h('thead', null, h('tr', null, options.isOrdered && h('th', { scope: 'col', class: 'number' }, '#'),
      options.fields.map((field) => h('th', { scope: 'col' }, field.label)), mayEdit && h('th', { scope: 'col' }, h('span', { class: 'hidden' }, 'Change')))), body)),
    h('div', { class: 'foot' }, state, mayEdit && h('div', { class: 'pager' }, add, discard, save)));
  void load();
  return () => window.removeEventListener('beforeunload', warn);
}
