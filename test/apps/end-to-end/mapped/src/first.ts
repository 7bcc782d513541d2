// The first part of a bundle with an indexed map.
type Step = () => void;

export function first(next: Step): void {
  next(); // @first
}
