import { discordProblems } from './check-discord.ts';
import { engineProblems } from './check-engine.ts';
import { learningProblems } from './check-learning.ts';
import { scheduleProblems } from './check-schedule.ts';
import { slackProblems } from './check-slack.ts';
import { trainingProblems } from './check-training.ts';
import { upstreamProblems } from './check-upstreams.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Settings } from './schema.ts';
import type { SecretName, Secrets } from './secrets.ts';

/** Something wrong with the settings. */
export interface SettingsProblem {
  /** Which setting or variable: `skills.topK`, `OPENAI_BASE_URL`; empty for a file as a whole. */
  readonly path: string;
  /** Where it was written: `metaclaw.yaml:3:5`, `.env`, `environment`, `default`. */
  readonly where: string;
  /** What is wrong and how to mend it. Never holds a secret. */
  readonly message: string;
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** They travel in headers and addresses, where other characters cannot stand. */
const keysAndTokens = [
  'OPENAI_API_KEY',
  'JUDGE_API_KEY',
  'EVOLVER_API_KEY',
  'GATE_API_KEY',
  'EMBEDDINGS_API_KEY',
  'ANTHROPIC_API_KEY',
  'METACLAW_UPSTREAM_KEYS',
  'TELEGRAM_BOT_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'DISCORD_BOT_TOKEN',
  'TINKER_API_KEY',
  'GOOGLE_CLIENT_SECRET',
] as const satisfies readonly SecretName[];

const unfitSecrets = (secrets: Secrets): readonly SecretName[] =>
  keysAndTokens.filter((name) => /[^\x20-\x7e]/.test(secrets[name] ?? ''));

/** What the schema cannot see: settings that do not go together, and secrets that cannot be right. */
export function checkTogether(
  settings: Settings,
  secrets: Secrets,
  where: (path: string) => string,
): readonly SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const add = (path: string, message: string): void => {
    problems.push({ path, where: where(path), message });
  };
  if (
    settings.channels.web.enabled &&
    !isLoopbackHost(settings.http.host) &&
    secrets.METACLAW_WEB_PASSWORD === undefined
  ) {
    add(
      'http.host',
      'would show the page to other machines without a password. Set METACLAW_WEB_PASSWORD in the environment or in .env, or set http.host to 127.0.0.1, or channels.web.enabled to false.',
    );
  }
  if (
    secrets.TELEGRAM_BOT_TOKEN !== undefined &&
    settings.channels.telegram.mode === 'webhook' &&
    settings.http.publicUrl === ''
  ) {
    add(
      'channels.telegram.mode',
      'is webhook, but Telegram has no address to call. Set http.publicUrl to the https address of this listener, or the mode to polling.',
    );
  }
  const unfit = unfitSecrets(secrets);
  for (const name of unfit) {
    add(
      name,
      'holds a character that no key and no token has, such as the “…” of an example. Put the real one in its place.',
    );
  }
  const isFit = ({ path }: { readonly path: string }): boolean => !unfit.some((name) => name === path);
  const token = secrets.TELEGRAM_BOT_TOKEN;
  if (token !== undefined && isFit({ path: 'TELEGRAM_BOT_TOKEN' }) && !/^\d+:[\w-]+$/.test(token)) {
    add(
      'TELEGRAM_BOT_TOKEN',
      'is not a bot’s token, which is a number, a colon and letters, as @BotFather gives it. Copy it anew.',
    );
  }
  for (const { path, message } of slackProblems(settings, secrets).filter(isFit)) add(path, message);
  for (const { path, message } of discordProblems(secrets).filter(isFit)) add(path, message);
  for (const [name, example] of [
    ['OPENAI_BASE_URL', 'http://127.0.0.1:11434/v1'],
    ['TINKER_BASE_URL', 'http://127.0.0.1:8000'],
  ] as const) {
    const value = secrets[name];
    if (value !== undefined && !isWebAddress(value)) {
      add(name, `is not an address; give it as http://… or https://…, such as ${example}.`);
    }
  }
  for (const { path, message } of engineProblems(settings, secrets)) add(path, message);
  for (const { path, message } of learningProblems(settings)) add(path, message);
  for (const { path, message } of trainingProblems(settings)) add(path, message);
  for (const { path, message } of scheduleProblems(settings, secrets)) add(path, message);
  for (const { path, message } of upstreamProblems(settings, secrets).filter(isFit)) add(path, message);
  if (settings.feedback.settleWeightsMinutes < settings.feedback.settleSkillsMinutes) {
    add(
      'feedback.settleWeightsMinutes',
      'is shorter than feedback.settleSkillsMinutes; training needs the longer quiet time. Make it at least as long.',
    );
  }
  return problems;
}
