import { join } from 'node:path';
import { type AgentSettings, keyHeader, placeholderKey, variable } from './agent-settings.ts';
import type { Wish } from './changes.ts';
import { jsonFormat } from './json-format.ts';
import { loginAdvice } from './login-advice.ts';
import { type Tree, valueAt } from './tree.ts';

/** Header lines of others with ours behind them, in place of one that was ours before. */
function headerLines(present: Tree, line: string): string {
  const held = valueAt(present, ['env', 'ANTHROPIC_CUSTOM_HEADERS']);
  const others = (typeof held === 'string' ? held.split('\n') : []).filter(
    (each) => each.trim() !== '' && !each.trim().toLowerCase().startsWith(`${keyHeader}:`),
  );
  return [...others, line].join('\n');
}

/**
 * Claude Code: `env` in `settings.json` of `~/.claude` or `CLAUDE_CONFIG_DIR`. It adds `/v1/messages` to the base address
 * itself. `ANTHROPIC_AUTH_TOKEN` would take the place of a login, also of a subscription's; `ANTHROPIC_CUSTOM_HEADERS`
 * (`Name: value` lines) goes beside it.
 * https://code.claude.com/docs/en/llm-gateway-connect, https://code.claude.com/docs/en/settings
 */
export const claude: AgentSettings = {
  title: 'Claude Code',
  format: jsonFormat,
  files(place) {
    const folder = variable(place, 'CLAUDE_CONFIG_DIR') ?? join(place.userFolder, '.claude');
    const file = join(folder, 'settings.json');
    return { candidates: [file], fresh: file };
  },
  wishes({ address, key, model, login }, present) {
    const wishes: Wish[] = [{ path: ['env', 'ANTHROPIC_BASE_URL'], value: address }];
    if (login === 'replace') {
      wishes.push({ path: ['env', 'ANTHROPIC_AUTH_TOKEN'], value: key ?? placeholderKey });
    } else if (key !== undefined) {
      const line = `${keyHeader}: ${key}`;
      const value = headerLines(present, line);
      wishes.push({ path: ['env', 'ANTHROPIC_CUSTOM_HEADERS'], value, line });
    }
    if (model !== undefined) wishes.push({ path: ['model'], value: model });
    return wishes;
  },
  advice: (target) => [
    loginAdvice('Claude Code goes on with its own login', 'Claude Code needs no login of its own', target),
    'Start `claude` anew; /status shows the address.',
  ],
};
