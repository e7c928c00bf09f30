import { veilAddresses } from '../../core/domain/veil-addresses.ts';
import type { CommandDescription } from '../../core/ports/channel.ts';

/**
 * What the transcript keeps of what a person wrote: all of it, but of a command that may hold a secret, as of one that is not known and may be a
 * slip, no more of an address than its host.
 */
export function keptText(text: string, commands: readonly CommandDescription[]): string {
  const line = /^\s*\/\s*(?:metaclaw\s+\/?)?(.*)$/is.exec(text)?.[1];
  if (line === undefined) return text;
  const word = /^[a-z]+/i.exec(line)?.[0].toLowerCase();
  const command = commands.find(({ name }) => name === word);
  return command !== undefined && !holdsSecret(command) ? text : veilAddresses(text);
}

function holdsSecret({ args = [], subcommands = [] }: CommandDescription): boolean {
  return [...args, ...subcommands.flatMap((subcommand) => subcommand.args ?? [])].some(
    ({ isSecret }) => isSecret === true,
  );
}
