import type { Skill } from '../../../core/domain/skill.ts';
import { topicIn, valueIn } from './topics.ts';
import type { World } from './world.ts';

/** Whether a rule says what nobody wants of those whom it is given. Whoever brigades is left out, and with it what it taught the bot for itself alone. */
export function isWrongRule(
  { scope, body }: Pick<Skill, 'scope' | 'body'>,
  world: World,
  at: number,
): boolean {
  const topic = topicIn(body);
  const value = topic && valueIn(topic, body);
  if (topic === undefined || value === undefined || scope.kind === 'global') return true;
  const audience = world.people.filter(
    ({ personId, spaceId }) =>
      spaceId === scope.spaceId && (scope.kind !== 'user' || scope.personId === personId),
  );
  if (audience.every(({ isBrigading }) => isBrigading)) return false;
  return !audience.some((person) => !person.isBrigading && world.wants(person, topic, at) === value);
}
