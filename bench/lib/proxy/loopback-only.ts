import { Server } from 'node:net';

/** Loaded before a program that would listen on all addresses of the machine: it listens on loopback. */

const { listen } = Server.prototype;

Object.defineProperty(Server.prototype, 'listen', {
  value(this: Server, ...words: readonly unknown[]): unknown {
    const [port, ...rest] = words;
    const given = typeof port === 'number' ? [port, '127.0.0.1', ...rest.filter(isFunction)] : words;
    return Reflect.apply(listen, this, given);
  },
});

function isFunction(word: unknown): boolean {
  return typeof word === 'function';
}
