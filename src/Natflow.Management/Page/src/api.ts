const tokenKey = 'natflow.token';

export class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export const token = {
  get: (): string => sessionStorage.getItem(tokenKey) ?? '',
  set: (value: string): void => (value ? sessionStorage.setItem(tokenKey, value) : sessionStorage.removeItem(tokenKey)),
};

function headers(more: Record<string, string>): Record<string, string> {
  const value = token.get();
  return value ? { ...more, Authorization: `Bearer ${value}` } : more;
}

export async function send(method: string, path: string, options: { body?: string; type?: string; ifMatch?: string; accept?: number[] } = {}): Promise<Response> {
  const more: Record<string, string> = {};
  if (options.type) more['Content-Type'] = options.type;
  if (options.ifMatch) more['If-Match'] = options.ifMatch;
  const response = await fetch(path, { method, headers: headers(more), body: options.body });
  if (!response.ok && !options.accept?.includes(response.status)) {
    const problem = await response.json().catch(() => null);
    throw new Refusal(response.status, problem?.detail ?? `the gateway answered ${response.status}`);
  }
  return response;
}

export const get = async <T>(path: string): Promise<T> => (await send('GET', path)).json();

/**
 * Follows a stream of server-sent events until stopped; goes on after the last event when the connection comes back.
 * EventSource would do the same, but cannot send the token.
 */
export function follow<T>(path: string, onEvent: (event: T) => void, onState: (isLive: boolean) => void, after = ''): () => void {
  const end = new AbortController();
  let last = after;
  const run = async (): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        const response = await fetch(path, { headers: headers(last ? { 'Last-Event-ID': last } : {}), signal: end.signal });
        if (!response.ok || !response.body) throw new Refusal(response.status, 'no stream');
        onState(true);
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = '';
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          const events = (rest + value).split('\n\n');
          rest = events.pop() ?? '';
          for (const event of events) {
            for (const line of event.split('\n')) {
              if (line.startsWith('id: ')) last = line.slice(4);
              else if (line.startsWith('data: ')) onEvent(JSON.parse(line.slice(6)) as T);
            }
          }
        }
      } catch (error) {
        if (end.signal.aborted) return;
        if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
          onState(false);
          return;
        }
      }
      onState(false);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  };
  void run();
  return () => end.abort();
}
