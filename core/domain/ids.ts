import type { Brand } from './brand.ts';

/** A platform's name: `slack`, `discord`, `telegram`, `web`, `terminal`, `api`. Core passes it on and never compares it with a literal. */
export type Platform = string;

/** The tenant boundary: `<platform>:<native id>`. Nothing learned crosses it unless an operator widens it. */
export type SpaceId = Brand<'SpaceId'>;

/** One account of one person: `<platform>:<native id>`. */
export type PersonId = Brand<'PersonId'>;

/**
 * Idempotency key of one inbound event: `<platform>:…`. The same on every redelivery of the same event, and sortable:
 * of two events with the same `occurredAt`, the one that the platform put later compares greater as a string.
 */
export type EventId = Brand<'EventId'>;

export type TurnId = Brand<'TurnId'>;
export type SessionId = Brand<'SessionId'>;

export function spaceId(platform: Platform, nativeId: string): SpaceId {
  return `${platform}:${nativeId}` as SpaceId;
}

export function personId(platform: Platform, nativeId: string): PersonId {
  return `${platform}:${nativeId}` as PersonId;
}

export function eventId(platform: Platform, nativeId: string): EventId {
  return `${platform}:${nativeId}` as EventId;
}

export function turnId(value: string): TurnId {
  return value as TurnId;
}

export function sessionId(value: string): SessionId {
  return value as SessionId;
}

/** The platform's own part of a space, person or event id. */
export function nativeId(id: SpaceId | PersonId | EventId): string {
  return id.slice(id.indexOf(':') + 1);
}

/** The platform that a space, person or event id belongs to. */
export function platformOf(id: SpaceId | PersonId | EventId): Platform {
  return id.slice(0, Math.max(0, id.indexOf(':')));
}

/** Stands for an author whom the platform does not name. Nobody: has no rights, and agrees to nothing. */
export function unknownAuthor(platform: Platform): PersonId {
  return personId(platform, '?');
}
