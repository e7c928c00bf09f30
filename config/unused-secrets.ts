import type { LoadedSettings } from './load-settings.ts';
import { type SecretName, secretNames } from './secrets.ts';

function unusedByProxy({ settings: { proxy } }: LoadedSettings, name: SecretName): readonly string[] {
  const isForDefaults = name === 'ANTHROPIC_API_KEY';
  if (!isForDefaults && name !== 'METACLAW_UPSTREAM_KEYS') return [];
  if (!proxy.enabled) return [`The proxy is off: ${name} is set, but proxy.enabled is false.`];
  if (isForDefaults === (proxy.upstreams.length === 0)) return [];
  return [
    isForDefaults
      ? 'The proxy asks the servers of proxy.upstreams alone: ANTHROPIC_API_KEY is set, but not used. Keys for them stand in METACLAW_UPSTREAM_KEYS.'
      : 'The proxy asks the servers that come with it: METACLAW_UPSTREAM_KEYS is set, but proxy.upstreams is not.',
  ];
}

/** Secrets that are set although nothing uses them, or not without another one, as sentences. */
export function unusedSecrets(loaded: LoadedSettings): readonly string[] {
  const { secrets, settings } = loaded;
  const isAlone = secrets.SLACK_BOT_TOKEN === undefined;
  return secretNames.flatMap((name) => {
    if (secrets[name] === undefined) return [];
    if (isAlone && (name === 'SLACK_APP_TOKEN' || name === 'SLACK_SIGNING_SECRET')) {
      return [`Slack stays off: ${name} is set, but SLACK_BOT_TOKEN is not.`];
    }
    if (name === 'JUDGE_API_KEY' && settings.judge.model === '') {
      return ['There is no judge: JUDGE_API_KEY is set, but judge.model is not.'];
    }
    if (name === 'EVOLVER_API_KEY' && settings.evolver.model === '') {
      return ['No skills are written: EVOLVER_API_KEY is set, but evolver.model is not.'];
    }
    if (name === 'EMBEDDINGS_API_KEY' && settings.embeddings.model === '') {
      return ['There are no embeddings: EMBEDDINGS_API_KEY is set, but embeddings.model is not.'];
    }
    if (name.startsWith('TINKER_') && settings.engine.profile === '') {
      return [`There is no training engine: ${name} is set, but engine.profile is not.`];
    }
    if (name === 'GOOGLE_CLIENT_SECRET' && settings.calendar.googleClientId === '') {
      return [
        'Google Calendars cannot be linked: GOOGLE_CLIENT_SECRET is set, but calendar.googleClientId is not.',
      ];
    }
    if (name === 'OPENAI_MODEL' && settings.engine.answers) {
      return ['The training engine answers, as engine.answers says: OPENAI_MODEL is set, but not used.'];
    }
    return unusedByProxy(loaded, name);
  });
}
