import type { Caller, Session } from '../domain/caller.ts';
import type { RequestRates } from './request-rates.ts';

/** Why a session has ended, for its caller; null while it has not. */
export type EndOf = () => string | null;

interface Listening {
  readonly endOf: EndOf;
  readonly listener: (reason: string) => void;
}

/** The sessions that someone listens to: subscriptions and WebSockets. Other sessions last for one request. */
export class Sessions {
  readonly #listening = new Set<Listening>();
  readonly #rates: RequestRates;

  constructor(rates: RequestRates) {
    this.#rates = rates;
  }

  begin(caller: Caller, endOf: EndOf): Session {
    return {
      caller,
      countRequest: async () => await this.#rates.count(caller),
      onEnd: (listener) => {
        const listening = { endOf, listener };
        this.#listening.add(listening);
        return () => void this.#listening.delete(listening);
      },
    };
  }

  /** Calls the listeners of the sessions that have ended. */
  endInvalid(): void {
    for (const listening of this.#listening) {
      const reason = listening.endOf();
      if (reason === null) continue;
      this.#listening.delete(listening);
      listening.listener(reason);
    }
  }
}
