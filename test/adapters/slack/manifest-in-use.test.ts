import { describe, expect, test } from 'vitest';
import { eventMappers, interactionMappers, shortcutCallbackIds } from '../../../adapters/slack/inbound.ts';
import { methodLimits, RESPONSE_URL } from '../../../adapters/slack/limits.ts';
import { botEvents, createManifest } from '../../../adapters/slack/manifest.ts';
import { resolveSlackOptions } from '../../../adapters/slack/options.ts';
import { loadSettings } from '../../../config/load-settings.ts';
import { sourceFiles } from '../../architecture/source-files.ts';
import { eventScopes } from '../../fakes/slack/event-scopes.ts';
import { installApp } from '../../fakes/slack/manifest.ts';
import { methodScopes } from '../../fakes/slack/method-scopes.ts';

const loaded = loadSettings({ workingFolder: '/nowhere', variables: {} });
const commandName = loaded.kind === 'loaded' ? loaded.loaded.settings.channels.slack.commandName : '';
const manifest = createManifest({
  name: 'MetaClaw',
  description: 'Answers questions.',
  commandName,
  usageHint: 'help',
  prompts: [],
  delivery: { kind: 'socket' },
});
const { features, settings } = manifest;

/** The methods that the adapter's own types allow it to call. */
const allowedMethods = Object.keys(methodLimits).filter((name) => name !== RESPONSE_URL);

/** The files in which a method's name is told of and not called. */
const tables = /\/(?:client|limits|api-caller|manifest)\.ts$/;
const code = sourceFiles('adapters/slack')
  .filter(({ path }) => !tables.test(path))
  .map(({ text }) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ''))
  .join('\n');
/** A method's name as a value: not a key, not a type's index, not a case. */
const calledMethods = allowedMethods.filter((name) =>
  new RegExp(`(?<!case )'${name.replaceAll('.', '\\.')}'(?!\\s*[\\]:])`).test(code),
);

/** What the app hears: `message` comes as one event for each type of conversation. */
const heardEvents = Object.keys(eventMappers).flatMap((type) =>
  type === 'message' ? Object.keys(eventScopes).filter((name) => name.startsWith('message.')) : [type],
);

/** What a part of the manifest itself costs. */
const featureScopes: readonly (readonly [isUsed: boolean, scope: string, doc: string])[] = [
  [features.slash_commands.length > 0, 'commands', 'https://docs.slack.dev/reference/scopes/commands'],
  [features.shortcuts.length > 0, 'commands', 'https://docs.slack.dev/reference/scopes/commands'],
  ['agent_view' in features, 'assistant:write', 'https://docs.slack.dev/ai/agent-sessions'],
];

describe('nothing is missing and nothing is superfluous', () => {
  test('methods: what may be called is called, and what it takes is known', () => {
    expect(calledMethods.toSorted()).toEqual(allowedMethods.toSorted());
    for (const name of allowedMethods) expect([name, methodScopes[name]?.token]).toEqual([name, 'bot']);
  });

  test('permissions: those of the methods called, the events heard and the features shown', () => {
    const needed = new Set([
      ...calledMethods.flatMap((name) => methodScopes[name]?.scopes ?? []),
      ...heardEvents.flatMap((name) => eventScopes[name] ?? []),
      ...featureScopes.flatMap(([isUsed, scope]) => (isUsed ? [scope] : [])),
    ]);
    expect(manifest.oauth_config.scopes.bot.toSorted()).toEqual([...needed].toSorted());
  });

  test('every permission has the address of what Slack says about it', () => {
    const addresses = [
      ...Object.values(methodScopes).map(({ doc }) => doc),
      ...featureScopes.map(([, , doc]) => doc),
    ];
    expect(addresses.filter((doc) => !/^https:\/\/docs\.slack\.dev\/[\w./-]+$/.test(doc))).toEqual([]);
  });

  test('events: those that are mapped', () => {
    expect(heardEvents).toContain('message.im');
    expect(settings.event_subscriptions.bot_events.toSorted()).toEqual(heardEvents.toSorted());
    expect(new Set(botEvents).size).toBe(botEvents.length);
  });

  test('shortcuts: those that are mapped, each in a message’s menu', () => {
    expect(features.shortcuts.map(({ callback_id, type }) => [callback_id, type])).toEqual(
      shortcutCallbackIds.map((id) => [id, 'message']),
    );
  });

  test('the slash command: the one that the settings and the channel mean', () => {
    const socket = { botToken: 'xoxb-1', appToken: 'xapp-1' };
    expect(features.slash_commands.map(({ command }) => command)).toEqual([
      resolveSlackOptions(socket).commandName,
    ]);
  });

  test('flags: on for what the code does, off for what it does not', () => {
    const hears = (event: string): boolean => heardEvents.includes(event);
    const calls = (method: string): boolean => calledMethods.includes(method);
    const takes = (type: string): boolean => Object.hasOwn(interactionMappers, type);
    expect({
      interactivity: settings.interactivity.is_enabled,
      slashCommand: features.slash_commands.length > 0,
      messageShortcut: features.shortcuts.length > 0,
      homeTab: features.app_home.home_tab_enabled,
      messagesTab: features.app_home.messages_tab_enabled,
      messagesTabReadOnly: features.app_home.messages_tab_read_only_enabled,
      agentView: 'agent_view' in features,
      legacyAssistantView: 'assistant_view' in features,
    }).toEqual({
      interactivity: takes('block_actions') || takes('view_submission') || takes('message_action'),
      slashCommand: takes('slash_command'),
      messageShortcut: takes('message_action'),
      homeTab: hears('app_home_opened') && calls('views.publish'),
      messagesTab: hears('message.im'),
      messagesTabReadOnly: !hears('message.im'),
      agentView: hears('agent_session_stopped') && calls('assistant.threads.setStatus'),
      legacyAssistantView: hears('assistant_thread_started'),
    });
  });

  test('the app-level token: connections, in socket mode only', () => {
    const own = Object.entries(methodScopes).filter(([, { token }]) => token === 'app');
    expect(own.map(([name, { scopes }]) => [name, scopes])).toEqual([
      ['apps.connections.open', ['connections:write']],
    ]);
    expect(settings.socket_mode_enabled).toBe(true);
  });
});

test('an app that is made from it can do everything that the channel asks for', () => {
  const app = installApp(manifest);
  expect(app).toMatchObject({ isInteractive: true, hasHomeTab: true, hasSocketMode: true });
  expect([...app.commands]).toEqual([commandName]);
  expect([...app.messageShortcuts]).toEqual([...shortcutCallbackIds]);
});
