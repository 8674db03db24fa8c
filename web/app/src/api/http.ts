// Requests to the HTTP interface: JSON in, JSON or a `Problem` out. The token comes from outside.

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly fields: Record<string, string> = {},
    readonly retryAfterMs?: number,
    readonly details?: Record<string, unknown>,
  ) {
    super(code);
    this.name = 'Problem';
  }
}

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  /** A file, in place of a body. */
  raw?: Blob;
  token?: string | null;
  headers?: Record<string, string>;
  /** Ends it unanswered. */
  signal?: AbortSignal;
}

const ROOT = '/api/v1';

export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  return parse(await response.text()) as T;
}

/** The same where the answer is a file. */
export async function requestFile(path: string, call: Call = {}): Promise<Blob> {
  return (await send(path, call)).blob();
}

async function send(path: string, call: Call): Promise<Response> {
  const headers: Record<string, string> = { ...call.headers };
  if (call.body !== undefined) headers['Content-Type'] = 'application/json';
  if (call.token) headers['Authorization'] = `Bearer ${call.token}`;
  const init: RequestInit = { method: call.method ?? 'GET', headers, credentials: 'same-origin' };
  if (call.body !== undefined) init.body = JSON.stringify(call.body);
  if (call.raw) init.body = call.raw;
  if (call.signal) init.signal = call.signal;
  const response = await fetch(ROOT + path, init).catch(() => {
    throw new Problem(0, 'offline');
  });
  if (response.ok) return response;
  const body = parse(await response.text());
  throw new Problem(
    response.status,
    String(body?.['code'] ?? 'internal'),
    (body?.['fields'] as Record<string, string>) ?? {},
    body?.['retryAfterMs'] as number | undefined,
    body?.['details'] as Record<string, unknown> | undefined,
  );
}

function parse(text: string): Record<string, unknown> | null {
  if (!text) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
