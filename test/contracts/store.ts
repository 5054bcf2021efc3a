import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { acquiring } from './store-acquire.ts';
import { allocating } from './store-allocation.ts';
import { keepingCanaries } from './store-canaries.ts';
import { followingTheWallClock, notFollowingTheWallClock } from './store-clock.ts';
import { keepingDueIncidents } from './store-due-incidents.ts';
import { findingDueStamps } from './store-due-stamps.ts';
import { keepingHistory } from './store-history.ts';
import { keepingLastKnown } from './store-last-known.ts';
import { endingByGivenTimes, leasing } from './store-leases.ts';
import { knowingNodes } from './store-nodes.ts';
import { changingOrders } from './store-orders.ts';
import { beingAboutTrouble, keepingWebhooks } from './store-outbox.ts';
import { paging } from './store-pages.ts';
import { reading } from './store-reading.ts';
import { replaying } from './store-replay.ts';
import { numberingCommits } from './store-revisions.ts';
import { changingStamps } from './store-stamps.ts';
import { keepingTokens } from './store-tokens.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Ends `store`, and opens anew what it had written. */
  reopen(): Promise<Store>;
  /** Ends whatever is open, and removes all that was written. */
  cleanUp(): Promise<void>;
}

/** A fresh store for each test, with the members that the test needs. */
export interface StoreUnderTest<Member extends keyof Store = keyof Store> {
  readonly store: Pick<Store, Member>;
  reopen(): Promise<Pick<Store, Member>>;
}

export interface ContractOptions {
  /** Whether leases end by the clock of the database server. Otherwise they end by the times that are passed in. */
  readonly hasServerClock?: boolean;
}

/** What every adapter of the port in src/store/store.ts is held to: `open` gives an empty store each time. */
export function storeContract(
  name: string,
  open: () => Promise<OpenedStore>,
  { hasServerClock = false }: ContractOptions = {},
): void {
  describe(`${name}, as a store`, () => {
    let opened: OpenedStore | undefined;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened?.cleanUp();
      opened = undefined;
    });
    const current = (): StoreUnderTest => {
      if (opened) return opened;
      throw new Error('no store is open outside a test');
    };
    describe('acquire', () => {
      acquiring(current);
      replaying(current);
    });
    describe('allocation', () => {
      allocating(current);
    });
    describe('a change of an order', () => {
      changingOrders(current);
    });
    describe('a change of a stamp', () => {
      changingStamps(current);
    });
    describe('a node', () => {
      knowingNodes(current);
    });
    describe('a token', () => {
      keepingTokens(current);
    });
    describe('a canary', () => {
      keepingCanaries(current);
    });
    describe('an incident that is due', () => {
      keepingDueIncidents(current);
    });
    describe('the history', () => {
      keepingHistory(current);
    });
    describe('the last known values of a node', () => {
      keepingLastKnown(current);
    });
    describe('a lease', () => {
      leasing(current);
      if (!hasServerClock) endingByGivenTimes(current);
    });
    describe('a webhook', () => {
      keepingWebhooks(current);
      beingAboutTrouble(current);
    });
    describe('reads', () => {
      reading(current);
      findingDueStamps(current);
    });
    describe('a wall clock that is set', () => {
      if (hasServerClock) notFollowingTheWallClock(current);
      else followingTheWallClock(current);
    });
    describe('the number of a commit', () => {
      numberingCommits(current);
    });
    describe('pages', () => {
      paging(current);
    });
  });
}
