/** What the demonstration asks of mogan-api, over HTTP. */

const PATIENCE_MS = 250;

/** What of a server it looks at. */
export interface ServerState {
  name: string;
  status: string;
  task: { step: string | null; attempt: number } | null;
}

export async function build(url: string, name: string): Promise<void> {
  await post(`${url}/v1/servers`, { name, image: 'debian-13' });
}

export async function showServers(url: string): Promise<ServerState[]> {
  const response = await fetch(`${url}/v1/servers`);
  return ((await response.json()) as { servers: ServerState[] }).servers;
}

/** Resolves when the service is free again. */
export async function spin(url: string, ms: number): Promise<void> {
  await post(`${url}/v1/debug/spin?ms=${ms}`);
}

export async function isBlocked(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return false;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return true;
    throw error;
  }
}

async function post(url: string, body?: object): Promise<void> {
  const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, { method: 'POST', ...init });
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
}
