import { get } from './api';
import { h, replace, type Child } from './dom';
import * as format from './format';
import type { List } from './models';
import { every, type Context } from './view';

export interface Column<T> { label: string; cell: (row: T) => Child; sort?: string; isNumber?: boolean }
export interface Filter { name: string; label: string; placeholder?: string; options?: [value: string, text: string][]; type?: string }

interface Options<T> {
  caption: string; path: string; columns: Column<T>[]; filters: Filter[]; sort: string;
  sums: (list: List<T>) => string; refreshMs?: number; fixed?: Record<string, string>; limit?: number;
}

/** A list that the server filters, puts in order, pages and sums; refreshed while it is looked at. */
export function table<T>(root: HTMLElement, context: Context, options: Options<T>): () => void {
  const limit = options.limit ?? 50;
  const state = { sort: options.sort, offset: 0, filters: { ...(options.fixed ?? {}) } as Record<string, string> };
  const body = h('tbody');
  const head = h('tr');
  const summary = h('p', { class: 'summary', role: 'status' });
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const previous = h('button', { type: 'button', class: 'quiet', onclick: () => move(-limit) }, '‹ Previous');
  const next = h('button', { type: 'button', class: 'quiet', onclick: () => move(limit) }, 'Next ›');
  const range = h('span', { class: 'range' });
  let version = 0;

  const load = async (): Promise<void> => {
    const mine = ++version;
    const query = new URLSearchParams({ sort: state.sort, limit: String(limit), offset: String(state.offset) });
    for (const [name, value] of Object.entries(state.filters)) if (value) query.set(name, value);
    try {
      const list = await get<List<T>>(`${options.path}?${query}`);
      if (mine === version) show(list);
      problem.hidden = true;
    } catch (error) {
      if (mine !== version) return;
      problem.textContent = (error as Error).message;
      problem.hidden = false;
      throw error;
    }
  };
  const reload = (): void => void load().catch(() => undefined);
  const move = (by: number): void => {
    state.offset = Math.max(0, state.offset + by);
    reload();
  };

  const show = (list: List<T>): void => {
    replace(body, list.items.map((row) => h('tr', null, options.columns.map((column) => h('td', { class: column.isNumber ? 'number' : null }, column.cell(row))))));
    if (list.items.length === 0) replace(body, h('tr', null, h('td', { colspan: options.columns.length, class: 'empty' }, 'Nothing matches.')));
    summary.textContent = options.sums(list);
    range.textContent = list.total === 0 ? '' : `${format.count(list.offset + 1)}–${format.count(list.offset + list.items.length)} of ${format.count(list.total)}`;
    previous.disabled = list.offset === 0;
    next.disabled = list.offset + list.items.length >= Math.min(list.total, 10_000);
  };

  const showHead = (): void => replace(head, options.columns.map((column) => {
    const isSorted = column.sort !== undefined && state.sort.replace('-', '') === column.sort;
    const isDescending = state.sort.startsWith('-');
    if (!column.sort) return h('th', { scope: 'col', class: column.isNumber ? 'number' : null }, column.label);
    const sort = (): void => {
      state.sort = isSorted ? (isDescending ? column.sort! : `-${column.sort}`) : column.isNumber ? `-${column.sort}` : column.sort!;
      state.offset = 0;
      showHead();
      reload();
    };
    return h('th', { scope: 'col', class: column.isNumber ? 'number' : null, 'aria-sort': isSorted ? (isDescending ? 'descending' : 'ascending') : null },
      h('button', { type: 'button', onclick: sort }, column.label, h('span', { class: 'arrow', 'aria-hidden': 'true' }, isSorted ? (isDescending ? '↓' : '↑') : '')));
  }));

  const form = h('form', { class: 'filters', role: 'search', 'aria-label': `Filter ${options.caption.toLowerCase()}`, onsubmit: (event) => event.preventDefault() }, options.filters.map((filter) => {
    const set = (event: Event): void => {
      state.filters[filter.name] = (event.target as HTMLInputElement).value.trim();
      state.offset = 0;
      reload();
    };
    const value = options.fixed?.[filter.name];
    const field = filter.options
      ? h('select', { onchange: set }, filter.options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)))
      : h('input', { type: filter.type ?? 'text', placeholder: filter.placeholder ?? '', value: value ?? '', oninput: set, autocomplete: 'off', spellcheck: 'false', inputmode: filter.type === 'number' ? 'numeric' : null });
    return h('label', null, h('span', null, filter.label), field);
  }));

  showHead();
  replace(root,
    options.filters.length > 0 && form,
    problem,
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': options.caption }, h('table', null, h('caption', { class: 'hidden' }, options.caption), h('thead', null, head), body)),
    h('div', { class: 'foot' }, summary, h('div', { class: 'pager' }, range, previous, next)));
  return every(options.refreshMs ?? 3000, load, context);
}
