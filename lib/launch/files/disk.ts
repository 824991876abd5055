/** A file of the host that is a disk of the guest. The guest writes to the file itself. */
export interface Disk {
  /** The file: a raw image, or a qcow2 image whose name ends in `.qcow2`. */
  readonly path: string;
  /** Whether the guest may only read. */
  readonly readOnly?: boolean;
  /**
   * The serial number: `/dev/disk/by-id/virtio-<serial>` in the guest. At most 20 letters, digits, dots, dashes and
   * underscores; `disk1` for the first disk, `disk2` for the second and so on by default.
   */
  readonly serial?: string;
}
