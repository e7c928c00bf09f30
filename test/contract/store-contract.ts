/** Stores under test on one body of data. */
export interface StoresUnderTest<Stores> {
  /** As they are now: read it again after `reopen`. */
  readonly stores: Stores;
  /** Closes and opens again on the same data, as after a restart. Does nothing where data ends with the process. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** What a contract suite runs against. Every `create` begins with no data. */
export interface StoreContract<Stores> {
  readonly name: string;
  create(): Promise<StoresUnderTest<Stores>>;
}
