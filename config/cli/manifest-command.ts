import { createManifest, type SlackManifest } from '../../adapters/slack/manifest.ts';
import { commandCatalogue } from '../../core/commands/catalogue.ts';
import type { CommandSpec } from '../../core/commands/command-spec.ts';
import { describeCommands } from '../../core/commands/describe-commands.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { exampleQuestions } from '../example-questions.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { type SettingsInUse, settingsForCommand } from './settings-for-command.ts';

export interface ManifestCommandOptions {
  readonly json: boolean;
  /** Request addresses in place of Socket Mode, whatever the settings say. */
  readonly http: boolean;
  readonly name?: string;
  readonly description?: string;
}

const DEFAULT_NAME = 'MetaClaw';
const DEFAULT_DESCRIPTION =
  'Answers your questions with the help of skills, and takes your feedback on them.';

/** The first words of the commands that everybody who was let in may use: `help | new | skill`. */
export function usageHintOf(catalogue: readonly CommandSpec[]): string {
  return describeCommands(catalogue)
    .map(({ name }) => name)
    .join(' | ');
}

/** All that the manifest is made of. */
const usedSettings = [
  'channels.slack.mode',
  'channels.slack.commandName',
  'skills.shipped',
  'http.publicUrl',
];

const manifestSettings: SettingsInUse = {
  what: 'the manifest',
  isUsable: ({ leftOut }) => !usedSettings.some((path) => leftOut.has(path)),
};

/** The Slack app that these settings need. Throws `config_invalid` in HTTP mode without a public address. */
export function slackManifestFor(
  { settings }: LoadedSettings,
  { http, name = DEFAULT_NAME, description = DEFAULT_DESCRIPTION }: Omit<ManifestCommandOptions, 'json'>,
): SlackManifest {
  const { slack } = settings.channels;
  const { publicUrl } = settings.http;
  const overHttp = http || slack.mode === 'http';
  if (overHttp && publicUrl === '') {
    throw new AppError(
      'config_invalid',
      'Slack needs an address to call: set http.publicUrl to the https address under which this machine’s listener is reached.',
    );
  }
  return createManifest({
    name,
    description,
    commandName: slack.commandName,
    usageHint: usageHintOf(commandCatalogue),
    prompts: settings.skills.shipped ? exampleQuestions : [],
    delivery: overHttp ? { kind: 'http', publicUrl } : { kind: 'socket' },
  });
}

const secretsToSet = {
  socket:
    'SLACK_BOT_TOKEN (xoxb-…, page “OAuth & Permissions”) and SLACK_APP_TOKEN (xapp-…, “Basic Information”, “App-Level Tokens”, scope connections:write)',
  http: 'SLACK_BOT_TOKEN (xoxb-…, page “OAuth & Permissions”) and SLACK_SIGNING_SECRET (“Basic Information”)',
} as const;

/** `metaclaw manifest slack`: the app's manifest on standard output, what to do with it on standard error. */
export function runManifest(io: CommandIo, options: ManifestCommandOptions): number {
  const loaded = settingsForCommand(io, options.json, manifestSettings);
  if (loaded === undefined) return exitCodes.problem;
  try {
    const manifest = slackManifestFor(loaded, options);
    if (options.json) {
      sayJson(io, manifest);
      return exitCodes.ok;
    }
    say(io, JSON.stringify(manifest, undefined, 2));
    const mode = manifest.settings.socket_mode_enabled ? 'socket' : 'http';
    complain(
      io,
      'Open https://api.slack.com/apps?new_app=1, choose “From a manifest” and a workspace, and paste this as JSON.',
    );
    complain(io, `Then install the app, put ${secretsToSet[mode]} into .env, and look with \`doctor\`.`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (options.json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    return exitCodeOf(error);
  }
}
