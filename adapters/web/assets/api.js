const TIMEOUT_MS = 30_000;
const OFFLINE = 'The server cannot be reached. Your text is kept here: send it again when it is back.';

/**
 * `ok`: the server has it. `status` 0: nobody knows whether it arrived; the same request with the same id is safe.
 * `message` is a sentence to show when it is not ok.
 */
async function request(path, init) {
  let response;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    return { ok: false, status: 0, message: OFFLINE };
  }
  let data = {};
  try {
    data = await response.json();
  } catch {
    // The status says enough.
  }
  const message =
    data.error ??
    data.message ??
    (response.ok ? '' : `The server answered with an error (${response.status}).`);
  return { ok: response.ok, status: response.status, message, data };
}

export function get(path) {
  return request(path, { headers: { Accept: 'application/json' } });
}

export function post(path, body) {
  return send('POST', path, body);
}

/** Named so because `delete` is a word of the language. */
export function remove(path) {
  return send('DELETE', path, {});
}

function send(method, path, body) {
  return request(path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}
