/**
 * What statfs(2) of Linux calls file systems whose stat(2) answers at once from memory or a local disk. Not in the list,
 * so not taken for local: NFS, SMB, FUSE, 9p and whatever else asks a server that may be gone.
 */
const LOCAL = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs, the root of most containers
]);

/** Whether stat(2) on a file system of this `type` (of `fs.statfs`) can be trusted not to hang. */
export function isLocalFilesystem(type: number): boolean {
  return process.platform === 'linux' && LOCAL.has(type);
}
