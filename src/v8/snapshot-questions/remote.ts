/** What the inspector says of a value. */
export interface RemoteObject {
  objectId?: string;
  value?: unknown;
}

/** The script name of what is evaluated here. */
export const SOURCE_URL = 'guru-meditation:positions';
/** The inspector's group of everything that is held here. */
export const POSITIONS_GROUP = 'guru-meditation-positions';
