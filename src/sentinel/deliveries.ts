import type { Report } from '../report/schema.js';
import type { Delivery } from '../sinks/deliver.js';

type DeliveryListener = (report: Report, delivery: Delivery) => void;

/** Those who want to know where reports go. */
export class Deliveries {
  readonly #listeners = new Set<DeliveryListener>();

  emit(report: Report, delivery: Delivery): void {
    for (const listener of this.#listeners) listener(report, delivery);
  }

  /** Returns what ends it. */
  listen(listener: DeliveryListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
