import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { h } from './dom';

export interface Series { label: string; color: string; fill?: boolean }

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A plot of the last minutes, a point a second. The figures are beside it in words; screen readers get those. */
export class Chart {
  readonly element: HTMLElement;
  private plot: uPlot | null = null;
  private data: number[][];
  private readonly plotRoot = h('div', { class: 'plot', 'aria-hidden': 'true' });
  private readonly observer: ResizeObserver;
  private readonly theme: MutationObserver;

  constructor(title: string, private readonly series: Series[], private readonly value: (value: number) => string, private readonly span = 300, private readonly top = 0) {
    this.data = [[], ...series.map(() => [])];
    this.element = h('section', { class: 'card chart' },
      h('header', null, h('h2', null, title), h('div', { class: 'legend', 'aria-hidden': 'true' }, series.map((one) => h('span', { class: `key ${one.color.slice(2)}` }, one.label)))), this.plotRoot);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.plotRoot);
    this.theme = new MutationObserver(() => this.build());
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  }

  set(times: number[], ...values: number[][]): void {
    this.data = [times, ...values];
    if (!this.plot) this.build();
    this.plot?.setData(this.data as unknown as uPlot.AlignedData, false);
    const end = times.at(-1) ?? Date.now() / 1000;
    const most = Math.max(0, ...values.flat());
    this.plot?.batch(() => {
      this.plot?.setScale('x', { min: end - this.span, max: end });
      this.plot?.setScale('y', { min: 0, max: this.top || (most === 0 ? 10 : most * 1.15) });
    });
  }

  stop(): void {
    this.observer.disconnect();
    this.theme.disconnect();
    this.plot?.destroy();
  }

  private fit(): void {
    const { clientWidth: width, clientHeight: height } = this.plotRoot;
    if (width > 0 && this.plot && (this.plot.width !== width || this.plot.height !== height)) this.plot.setSize({ width, height });
  }

  private build(): void {
    if (this.plotRoot.clientWidth === 0) return;
    this.plot?.destroy();
    const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    this.plot = new uPlot({
      width: this.plotRoot.clientWidth,
      height: this.plotRoot.clientHeight,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 } },
      scales: { x: { time: true, auto: false }, y: { auto: false } },
      axes: [
        { ...axis, size: 28, gap: 8, space: 80, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })) },
        { ...axis, size: 72, gap: 8, space: 34, values: (_, ticks) => ticks.map(this.value) },
      ],
      series: [{}, ...this.series.map((one) => ({ label: one.label, stroke: color(one.color), width: 2, fill: one.fill ? `${color(one.color)}22` : undefined, points: { show: false } }))],
    }, this.data as unknown as uPlot.AlignedData, this.plotRoot);
  }
}
