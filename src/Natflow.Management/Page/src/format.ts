const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 1234567 as 1,234,567. */
export const count = (value: number): string => whole.format(value);

function scaled(value: number, step: number, units: string[]): [string, string] {
  let index = 0;
  while (Math.abs(value) >= step && index < units.length - 1) {
    value /= step;
    index++;
  }
  const digits = value !== 0 && Math.abs(value) < 10 && index > 0 ? 2 : Math.abs(value) < 100 && index > 0 ? 1 : 0;
  return [value.toFixed(digits), units[index]];
}

/** Number and unit apart, for tiles that set them in two sizes. */
export const bitsParts = (value: number): [string, string] => scaled(value, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);
export const rateParts = (value: number, unit: string): [string, string] => {
  const [number, prefix] = scaled(value, 1000, ['', 'k', 'M', 'G']);
  return [number, `${prefix}${unit}`];
};
export const bits = (value: number): string => bitsParts(value).join(' ');
export const bytes = (value: number): string => scaled(value, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']).join(' ');
export const short = (value: number): string => scaled(value, 1000, ['', 'k', 'M', 'G']).join('');

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${Math.floor(seconds % 60)}s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86400)}d ${Math.floor((seconds % 86400) / 3600)}h`;
}

export const time = (value: string | number): string => new Date(value).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** PortsExhausted as "ports exhausted". */
export const words = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
