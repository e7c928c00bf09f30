import { setImmediate } from 'node:timers/promises';
import type { TokenizerPort } from '../../core/ports/tokenizer.ts';
import { ensureHubFolder } from './hub-folder.ts';
import type { TokenizerDeps, TokenizerSource } from './options.ts';
import { readTokenizerFolder } from './read-folder.ts';
import { createTokenizer } from './tokenizer.ts';
import { importLibraries } from './wire.ts';

/**
 * Opens a model's tokenizer, from a folder or from the Hugging Face hub, which is asked once for each revision. Others have
 * their turn again and again meanwhile; what takes longest in one piece is to parse `tokenizer.json`. Logs
 * `tokenizer_cannot_continue` where talks must be rendered anew at every turn.
 *
 * Rejects with `config_invalid` where files are missing or broken, and for the hub with `auth_failed` (gated or private),
 * `not_found`, `rate_limited`, `network`, `peer_failed`, `refused_by_peer`, `bad_reply`, `aborted`, `storage_full`,
 * `storage_failed`.
 */
export async function openTokenizer(source: TokenizerSource, deps: TokenizerDeps): Promise<TokenizerPort> {
  const folder = source.kind === 'folder' ? source.folder : await ensureHubFolder(source, deps);
  const files = await readTokenizerFolder(folder);
  const { logger, pause = () => setImmediate() } = deps;
  await pause();
  return createTokenizer(files, { libraries: await importLibraries(), logger, pause });
}
