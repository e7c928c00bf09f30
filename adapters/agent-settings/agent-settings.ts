import type { Wish } from './changes.ts';
import type { SettingsFormat } from './settings-format.ts';
import type { Tree } from './tree.ts';

/** The proxy as a client is to reach it. */
export interface ConnectTarget {
  /** Without a last slash and without `/v1`: `http://127.0.0.1:8787`. */
  readonly address: string;
  /** A key of MetaClaw (`mc_…`); absent where none is asked for. */
  readonly key?: string;
  /** As the proxy knows it; absent: what suits the client. */
  readonly model?: string;
  /** `keep`: the client's own login at its provider goes along and may be passed on. `replace`: it needs none. */
  readonly login: 'keep' | 'replace';
}

/** What decides where a client has its settings. */
export interface ClientPlace {
  /** The account's home, absolute. */
  readonly userFolder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** How one client is told of the proxy. All of it pure. */
export interface AgentSettings {
  /** `Claude Code`. */
  readonly title: string;
  readonly format: SettingsFormat;
  /** Where it looks; the first that exists is taken, else `fresh` is made. */
  files(place: ClientPlace): { readonly candidates: readonly string[]; readonly fresh: string };
  /** What is to stand there, in the order in which it is put in. `present`: what stands there now. */
  wishes(target: ConnectTarget, present: Tree, isNew: boolean): readonly Wish[];
  /** A sentence each, for whoever uses the client. */
  advice(target: ConnectTarget): readonly string[];
}

/** Where the proxy looks for its own key first, so that a client's `authorization` is free for the model's provider. */
export const keyHeader = 'x-metaclaw-key';

/** For clients that do not start without a key, where the proxy asks for none. */
export const placeholderKey = 'metaclaw';

/** The policy that serves the caller, else the configured model. */
export const currentModel = 'metaclaw/current';

/** The name under which clients know the proxy. */
export const providerName = 'metaclaw';

/** A variable's value, `undefined` also where it is blank. */
export function variable({ variables }: ClientPlace, name: string): string | undefined {
  const value = variables[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
