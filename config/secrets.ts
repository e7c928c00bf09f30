/** What each secret is for, as `config`, `doctor` and the documentation say it. They come from the environment or `.env` only. */
export const secretPurposes = {
  OPENAI_API_KEY: 'the key for the model server',
  OPENAI_BASE_URL: 'the address of an OpenAI-compatible model server, such as http://127.0.0.1:11434/v1',
  OPENAI_MODEL: 'the name of the model to use',
  JUDGE_API_KEY: 'the key for the server of the judge (judge.baseUrl)',
  EVOLVER_API_KEY: 'the key for the server of the model that writes skills (evolver.baseUrl)',
  GATE_API_KEY: 'the key for the server of the model that compares candidates (gate.baseUrl)',
  EMBEDDINGS_API_KEY: 'the key for the server of embeddings (embeddings.baseUrl)',
  ANTHROPIC_API_KEY: 'the key for api.anthropic.com, which the proxy asks for callers of its own',
  METACLAW_UPSTREAM_KEYS:
    'the keys for the model servers in proxy.upstreams, as name=key with commas between them',
  TELEGRAM_BOT_TOKEN: 'the token that @BotFather gave for the Telegram bot; setting it switches Telegram on',
  SLACK_BOT_TOKEN: 'the bot token (xoxb-…) of the Slack app; setting it switches Slack on',
  SLACK_APP_TOKEN:
    'the app-level token (xapp-…) of the Slack app; needed while channels.slack.mode is socket',
  SLACK_SIGNING_SECRET: 'the signing secret of the Slack app; needed while channels.slack.mode is http',
  DISCORD_BOT_TOKEN: 'the token of the Discord bot; setting it switches Discord on',
  TINKER_API_KEY: 'the key for the training engine (engine.profile)',
  TINKER_BASE_URL:
    'the address of the training engine, such as http://127.0.0.1:8000; only with engine.profile tinker it may be left out',
  HF_TOKEN:
    'the token for tokenizers at huggingface.co that are not open to everybody (engine.tokenizer: hub:…)',
  GOOGLE_CLIENT_SECRET:
    'the client secret that belongs to calendar.googleClientId, for linking Google Calendars',
  METACLAW_WEB_PASSWORD: 'the password for the page; needed to listen on anything but a loopback address',
} as const;

export type SecretName = keyof typeof secretPurposes;

/** The values that are set. A name that is absent or empty in the environment is not here. */
export type Secrets = Readonly<Partial<Record<SecretName, string>>>;

export function isSecretName(name: string): name is SecretName {
  return Object.hasOwn(secretPurposes, name);
}

export const secretNames: readonly SecretName[] = Object.keys(secretPurposes).filter(isSecretName);

/** Where people tend to write a secret into a settings file, and under which name it belongs into the environment. */
const misplaced: readonly (readonly [place: RegExp, name: SecretName])[] = [
  [/^(?:channels\.)?telegram\.(?:bot)?_?token$/i, 'TELEGRAM_BOT_TOKEN'],
  [/^(?:channels\.)?slack\.(?:bot)?_?token$/i, 'SLACK_BOT_TOKEN'],
  [/^(?:channels\.)?slack\.app_?token$/i, 'SLACK_APP_TOKEN'],
  [/^(?:channels\.)?slack\.signing_?secret$/i, 'SLACK_SIGNING_SECRET'],
  [/^(?:channels\.)?discord\.(?:bot)?_?token$/i, 'DISCORD_BOT_TOKEN'],
  [/^(?:model|openai)\.(?:api)?_?(?:key|token)$/i, 'OPENAI_API_KEY'],
  [/^(?:model|openai)\.(?:base)?_?(?:url|address)$/i, 'OPENAI_BASE_URL'],
  [/^(?:model\.(?:name|model)|openai\.model|model)$/i, 'OPENAI_MODEL'],
  [/^judge\.(?:api)?_?(?:key|token)$/i, 'JUDGE_API_KEY'],
  [/^evolver\.(?:api)?_?(?:key|token)$/i, 'EVOLVER_API_KEY'],
  [/^gate\.(?:api)?_?(?:key|token)$/i, 'GATE_API_KEY'],
  [/^embeddings\.(?:api)?_?(?:key|token)$/i, 'EMBEDDINGS_API_KEY'],
  [/^anthropic\.(?:api)?_?(?:key|token)$/i, 'ANTHROPIC_API_KEY'],
  [/^proxy\.upstreams\.\d+\.(?:api)?_?(?:key|token)$/i, 'METACLAW_UPSTREAM_KEYS'],
  [/^(?:tinker|engine)\.(?:api)?_?(?:key|token)$/i, 'TINKER_API_KEY'],
  [/^(?:tinker|engine)\.(?:base)?_?(?:url|address)$/i, 'TINKER_BASE_URL'],
  [/^(?:google|calendar)\.(?:google)?_?(?:client)?_?secret$/i, 'GOOGLE_CLIENT_SECRET'],
  [/^(?:channels\.web|web|http)\.password$/i, 'METACLAW_WEB_PASSWORD'],
];

/** The secret that this path of a settings file is meant to be, if any. */
export function secretMeantBy(path: string): SecretName | undefined {
  const last = path.slice(path.lastIndexOf('.') + 1).toUpperCase();
  if (isSecretName(last)) return last;
  return misplaced.find(([place]) => place.test(path))?.[1];
}
