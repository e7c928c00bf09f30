/** ASCII control characters; in a terminal they could move the cursor or change colours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
const control = /[\u0000-\u001f\u007f-\u009f]/g;

const bare = /^[\w.:/@+-]+$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = typeof value === 'string' && bare.test(value) ? value : JSON.stringify(value);
  return (text ?? 'undefined').replaceAll(control, ' ');
}

/** One JSON log line as a line for people: `12:30:05 warn  event field=value`; an error's stack follows on lines of its own. */
export function formatLogLine(line: string): string {
  const parsed: unknown = JSON.parse(line);
  if (!isRecord(parsed)) return line;
  const { level, time, event, error, ...rest } = parsed;
  const clockTime = String(time).slice(11, 19);
  const { stack, ...errorRest } = isRecord(error) ? error : { stack: undefined };
  const shown = isRecord(error)
    ? { ...rest, error: errorRest['message'] }
    : { ...rest, ...(error === undefined ? {} : { error }) };
  const fields = Object.entries(shown).map(([key, value]) => ` ${key}=${show(value)}`);
  const trace =
    level === 'error' && typeof stack === 'string'
      ? stack.split('\n').map((row) => `\n    ${row.replaceAll(control, ' ').trim()}`)
      : [];
  return `${clockTime} ${String(level).padEnd(5)} ${String(event).replaceAll(control, ' ')}${fields.join('')}${trace.join('')}\n`;
}
