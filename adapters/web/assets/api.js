const TIMEOUT_MS = 30_000;
const OFFLINE = 'The server cannot be reached. Your text is kept here: send it again when it is back.';

/**
 * `ok`: the server has it. `canRepeat`: the same request may be made again with the same id.
 * `message` is a sentence to show when it is not ok.
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    return { ok: false, status: 0, canRepeat: true, message: OFFLINE };
  }
  let data = {};
  try {
    data = await response.json();
  } catch {
    // The status says enough.
  }
  const canRepeat = response.status >= 500 || response.status === 429 || response.status === 401;
  const message =
    data.error ??
    data.message ??
    (response.ok ? '' : `The server answered with an error (${response.status}).`);
  return { ok: response.ok, status: response.status, canRepeat, message, data };
}

export function get(path) {
  return request(path, { headers: { Accept: 'application/json' } });
}

export function post(path, body) {
  return request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}
