import type { ConnectTarget } from '../../adapters/agent-settings/agent-settings.ts';
import { AppError } from '../../core/domain/app-error.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { isLoopbackHost } from '../loopback-host.ts';
import { findRunningBot } from './running-bot.ts';

export interface TargetWords {
  readonly address?: string;
  readonly key?: string;
  readonly model?: string;
  readonly login?: ConnectTarget['login'];
}

/** What travels in headers and stands in shell lines as it is. */
const agentKey = /^mc_[A-Za-z0-9._~-]+$/;

function refuse(message: string): never {
  throw new AppError('invalid_input', message);
}

/** An address as a person gives it, without the `/v1` that some clients want and others add. */
function givenAddress(word: string): string {
  if (!URL.canParse(word) || !/^https?:$/.test(new URL(word).protocol)) {
    refuse('--address expects an http or https address, such as http://127.0.0.1:8787.');
  }
  const { origin, pathname, search, hash, username } = new URL(word);
  if (search !== '' || hash !== '' || username !== '') {
    refuse(
      '--address expects the address alone, without a name, a question mark or a hash; a key goes to --key.',
    );
  }
  return `${origin}${pathname.replace(/\/+$/, '').replace(/\/v1$/, '')}`;
}

/** Where the bot on this data folder listens, or will by its settings. */
function ownAddress({ settings, homeFolder }: LoadedSettings): string {
  const running = findRunningBot(homeFolder);
  if (running !== undefined) return new URL(running.address).origin;
  const { host, port } = settings.http;
  if (port === 0) {
    refuse(
      'http.port is 0, so the port is known only while the bot runs. Start it first, or give --address.',
    );
  }
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new URL(`http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`).origin;
}

/** Whether the proxy admits programs of this machine without a key: what is on this machine only asks for none. */
function needsKey({ settings }: LoadedSettings, address: string, isGiven: boolean): boolean {
  if (!isLoopbackHost(new URL(address).hostname)) return true;
  return !isGiven && (settings.http.publicUrl !== '' || !isLoopbackHost(settings.http.host));
}

/** Throws `invalid_input` where a word is not usable, or a key is missing. */
export function connectTarget(
  loaded: LoadedSettings,
  { address, key, model, login }: TargetWords,
): ConnectTarget {
  const reached = address === undefined ? ownAddress(loaded) : givenAddress(address);
  if (key?.startsWith('mca_') === true) {
    refuse('That is an admin key, which asks no model. Give the key of an agent (mc_…).');
  }
  if (key !== undefined && !agentKey.test(key)) refuse('--key expects a key of MetaClaw (mc_…).');
  if (key === undefined && needsKey(loaded, reached, address !== undefined)) {
    refuse(`The proxy at ${reached} asks for a key. Make one, and give it with --key.`);
  }
  if (model !== undefined && !/^[^\p{C}\p{Z}]+$/u.test(model)) {
    refuse('--model expects the name of a model, without blanks.');
  }
  return {
    address: reached,
    ...(key === undefined ? {} : { key }),
    ...(model === undefined ? {} : { model }),
    login: login ?? 'keep',
  };
}
