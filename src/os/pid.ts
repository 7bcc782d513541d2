/** The process that is read: another one by its id, or the one that this code runs in. */
export type Pid = number | 'self';
