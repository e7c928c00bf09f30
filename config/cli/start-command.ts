import { proxyBanner } from '../../core/commands/proxy-lines.ts';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ChannelReport } from '../channel-launcher.ts';
import { machineZone } from '../environment.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { openableAddress } from '../openable-address.ts';
import { watchProcess } from '../process-watch.ts';
import { type RunningBot, startBot } from '../start-bot.ts';
import { unusedSecrets } from '../unused-secrets.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { holdLines } from './held-lines.ts';
import { settingsForCommand } from './settings-for-command.ts';
import { createSystemParts } from './system-parts.ts';

/** A stop that hangs is cut off so long after the deadline for answers. */
const STOP_GRACE_MS = 15_000;

const stateWords: Readonly<Record<ChannelReport['state'], string>> = {
  starting: 'cannot start yet and is tried again',
  ready: 'works',
  degraded: 'works in part',
  failed: 'is off until that is mended',
  stopped: 'has stopped',
};

function describeChannel({ platform, state, detail }: ChannelReport): string {
  return `${platform} ${stateWords[state]}${detail === undefined ? '' : `: ${detail}`}`;
}

function spokenAddress(address: string): string {
  const openable = openableAddress(address);
  return openable === address ? address : `${openable} and on every other address of this machine`;
}

async function introduce(
  io: CommandIo,
  bot: RunningBot,
  loaded: LoadedSettings,
  json: boolean,
): Promise<void> {
  if (!json) say(io, `MetaClaw is listening on ${spokenAddress(bot.address ?? '')}`);
  const code = loaded.secrets.TELEGRAM_BOT_TOKEN === undefined ? undefined : await bot.issueLinkCode();
  const { kind, description, why } = bot.model;
  const proxy = bot.proxy();
  if (json) {
    sayJson(io, {
      address: bot.address,
      processId: io.processId,
      model: { kind, description, why },
      channels: bot.channels().map(({ platform }) => platform),
      ...(proxy === undefined ? {} : { proxy: { address: proxy.address, servers: proxy.servers } }),
      home: loaded.homeFolder,
      ...(code === undefined ? {} : { linkCode: code }),
    });
    return;
  }
  say(io, `Model: ${description}; ${why}`);
  say(
    io,
    `Channels: ${bot
      .channels()
      .map(({ platform }) => platform)
      .join(', ')}`,
  );
  if (proxy?.address !== undefined) say(io, proxyBanner({ ...proxy, address: proxy.address }));
  say(io, `Data folder: ${loaded.homeFolder}`);
  if (code !== undefined) {
    say(io, `To talk to the bot on Telegram, send it within 24 hours: /link ${code}`);
    say(io, 'A new code: metaclaw link');
  }
  for (const line of unusedSecrets(loaded)) say(io, line);
  say(io, 'Stop with Ctrl-C');
}

/** `metaclaw start`: runs the bot until it is told to stop. */
export async function runStart(io: CommandIo, { json }: { readonly json: boolean }): Promise<number> {
  const loaded = settingsForCommand(io, json);
  if (loaded === undefined) return exitCodes.problem;
  // At a terminal the address comes first; what has to be said about the way there follows it.
  const lines = holdLines(io.stderr);
  if (io.stderr.isTTY !== true) lines.release();
  const parts = createSystemParts(io, loaded, { destination: lines });
  const { clock, logger } = parts;

  let bot: RunningBot | undefined;
  const watch = watchProcess({
    logger,
    reload: () => bot?.reloadSkills().catch((error: unknown) => logger.error('reload_failed', { error })),
    abandon() {
      lines.release();
      bot?.abandon();
    },
  });

  const cutAfterMs = loaded.settings.lifecycle.drainTimeoutMs + STOP_GRACE_MS;
  async function stop(running: RunningBot): Promise<void> {
    const cut = clock.after(cutAfterMs, () => {
      watch.fail(new AppError('timeout', 'The stop took too long and was cut off.'));
    });
    await running.stop();
    cut.cancel();
  }

  try {
    bot = await startBot({
      ...io,
      ...parts,
      loaded,
      machineZone: machineZone(),
      channelChanged(report) {
        // The platform's own words are in the log; people at a terminal see it here.
        if (report.state !== 'ready' && !json) lines.write(`Attention: ${describeChannel(report)}\n`);
      },
    });
    try {
      await introduce(io, bot, loaded, json);
      lines.release();
      logger.info('stop_asked', { signal: await watch.stopAsked });
    } finally {
      await stop(bot);
    }
    return exitCodes.ok;
  } catch (thrown) {
    const error = toAppError(thrown);
    lines.release();
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    if (error.code === 'internal') logger.error('start_failed', { error });
    return exitCodeOf(error);
  } finally {
    watch.end();
  }
}
