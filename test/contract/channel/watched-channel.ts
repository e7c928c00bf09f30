import type { ChannelPort, OpenStream } from '../../../core/ports/channel.ts';

export interface WatchedChannel {
  readonly channel: ChannelPort;
  /** Everything that a method rejected with, in order. */
  readonly rejections: readonly unknown[];
}

/** The same channel, whose rejections are kept. */
export function watchRejections(inner: ChannelPort): WatchedChannel {
  const rejections: unknown[] = [];
  const kept = <Args extends readonly unknown[], Result>(
    method: (...args: Args) => Promise<Result>,
  ): ((...args: Args) => Promise<Result>) => {
    return async (...args) => {
      try {
        return await method(...args);
      } catch (thrown) {
        rejections.push(thrown);
        throw thrown;
      }
    };
  };
  const keptStream = (stream: OpenStream): OpenStream => ({
    ref: stream.ref,
    append: kept(stream.append),
    close: kept(stream.close),
  });
  const openStream = kept(inner.openStream);
  return {
    rejections,
    channel: {
      platform: inner.platform,
      capabilities: inner.capabilities,
      health: inner.health,
      measure: inner.measure,
      start: kept(inner.start),
      stop: kept(inner.stop),
      send: kept(inner.send),
      edit: kept(inner.edit),
      remove: kept(inner.remove),
      react: kept(inner.react),
      activity: kept(inner.activity),
      openStream: async (target, options) => keptStream(await openStream(target, options)),
      openForm: kept(inner.openForm),
      respond: kept(inner.respond),
      registerCommands: kept(inner.registerCommands),
      publishHome: kept(inner.publishHome),
      readThread: kept(inner.readThread),
    },
  };
}
