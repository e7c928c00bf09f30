import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openTokenizer } from '../../../adapters/tokenizer/open-tokenizer.ts';
import type { TokenizerDeps } from '../../../adapters/tokenizer/options.ts';
import type { ModelMessage, ToolSpec } from '../../../core/domain/model.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

export type FixtureName = 'chatml' | 'pieces';

export const fixtureFolder = (name: FixtureName): string =>
  join(import.meta.dirname, '../../fixtures/tokenizers', name);

/** A fetch that a test must not come to. */
export const noFetch: typeof globalThis.fetch = () => Promise.reject(new Error('the network was asked'));

export function openFolder(folder: string, deps: Partial<TokenizerDeps> = {}): Promise<TokenizerPort> {
  return openTokenizer({ kind: 'folder', folder }, { fetch: noFetch, logger: createMemoryLogger(), ...deps });
}

export interface FixtureChanges {
  /** The template of the configuration. */
  readonly template?: string | readonly { readonly name: string; readonly template: string }[] | undefined;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tokenizer?: Readonly<Record<string, unknown>>;
  /** Further files, or others in their place. */
  readonly files?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
}

const readJson = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

/** A folder of its own with a fixture's files as changed. It is removed when the test ends. */
export function changedFolder(name: FixtureName, changes: FixtureChanges = {}): string {
  const from = fixtureFolder(name);
  const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = {
    ...readJson(from, 'tokenizer_config.json'),
    ...('template' in changes ? { chat_template: changes.template } : {}),
    ...changes.config,
  };
  const files: Record<string, string> = {
    'tokenizer.json': JSON.stringify({ ...readJson(from, 'tokenizer.json'), ...changes.tokenizer }),
    'tokenizer_config.json': JSON.stringify(config),
    ...changes.files,
  };
  for (const [file, text] of Object.entries(files)) {
    if (changes.without?.includes(file) !== true) writeFileSync(join(folder, file), text);
  }
  return folder;
}

export function openChanged(name: FixtureName, changes: FixtureChanges = {}): Promise<TokenizerPort> {
  return openFolder(changedFolder(name, changes));
}

export interface Vectors {
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly decoded: string;
  }[];
  readonly chats: readonly {
    readonly messages: readonly ModelMessage[];
    readonly tools: readonly ToolSpec[];
    readonly ids: readonly number[];
  }[];
  readonly marked: readonly { readonly text: string; readonly ids: readonly number[] }[];
  /** With other parts of `tokenizer.json`. */
  readonly variants: readonly {
    readonly changes: Readonly<Record<string, unknown>>;
    readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  }[];
}

/** What the reference libraries gave, with the files of `test/fixtures/tokenizers/build.py`. */
export const readVectors = (folder: string): Vectors => readJson(folder, 'vectors.json');

export interface ListedToken {
  readonly id: number;
  readonly content: string;
}

/** The added tokens that mean something, as `tokenizer.json` lists them. */
export function listedMarkup(folder: string): readonly { readonly id: number; readonly spelling: string }[] {
  const listed: readonly ListedToken[] = readJson(folder, 'tokenizer.json').added_tokens;
  return listed
    .filter(({ content }) => content.trim().length > 1)
    .map(({ id, content }) => ({ id, spelling: content }));
}

/** Texts of the parts between markup, and markup by its spelling, in order. */
export function readable(
  tokenizer: TokenizerPort,
  ids: Int32Array,
  markup: ReadonlyMap<number, string>,
): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const [at, id] of ids.entries()) {
    const spelling = markup.get(id);
    if (spelling === undefined) continue;
    if (at > from) parts.push(tokenizer.decode(ids.slice(from, at)));
    parts.push(`«${spelling}»`);
    from = at + 1;
  }
  if (from < ids.length) parts.push(tokenizer.decode(ids.slice(from)));
  return parts;
}
