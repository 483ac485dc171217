import type { Session } from './models';

/** What a view gets: who looks, and the part of the address after its name. */
export interface Context { session: Session; parameter: string; live: (isLive: boolean) => void; toast: (text: string, isError?: boolean) => void }

/** A view fills its root and answers how to stop what it started. */
export type View = (root: HTMLElement, context: Context) => () => void;

/** Calls now and then while the view is shown and the page is visible. */
export function every(milliseconds: number, run: () => Promise<void>, context: Context): () => void {
  let stopped = false;
  let timer = 0;
  const tick = async (): Promise<void> => {
    if (!document.hidden) {
      try {
        await run();
        if (!stopped) context.live(true);
      } catch {
        if (!stopped) context.live(false);
      }
    }
    if (!stopped) timer = window.setTimeout(() => void tick(), milliseconds);
  };
  void tick();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

export const may = {
  operate: (session: Session): boolean => session.role === 'operator' || session.role === 'admin',
  audit: (session: Session): boolean => session.role === 'auditor' || session.role === 'admin',
  administer: (session: Session): boolean => session.role === 'admin',
};
