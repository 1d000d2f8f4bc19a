extension DefaultTemplates {
    /// `etc/grub/local.cfg`, as shipped.
    static let local = ##"""
        # boot/grub/grub.cfg on the disk of a PC, for the next boot without the network.
        set default=0
        set timeout=0

        # What LINBO asked for before this boot. It is taken back before it is done, so that it is done once.
        if [ -s $prefix/grubenv ]; then
          load_env reboot_grub reboot_kernel reboot_initrd reboot_append
        fi
        if [ -n "$reboot_grub" -a -n "$reboot_kernel" ]; then
          set once_grub=$reboot_grub
          set once_kernel=$reboot_kernel
          set once_initrd=$reboot_initrd
          set once_append=$reboot_append
          set reboot_grub=
          set reboot_kernel=
          set reboot_initrd=
          set reboot_append=
          if save_env reboot_grub reboot_kernel reboot_initrd reboot_append; then
            linux "$once_grub/$once_kernel" $once_append
            if [ -n "$once_initrd" ]; then initrd "$once_grub/$once_initrd"; fi
            boot
          fi
        fi

        # The menu of this PC or its group, as LINBO fetched it last.
        if [ -s $prefix/custom.cfg ]; then configfile $prefix/custom.cfg; fi

        menuentry 'LINBO' --class linbo {
          linux /linbo64 @@kernel_options@@ localboot
          initrd /linbofs64
        }

        menuentry 'LINBO (iPXE)' --class linbo {
          if [ "$grub_platform" = efi ]; then
            chainloader /ipxe.efi
          else
            linux16 /ipxe.lkrn dhcp
          fi
        }

        """##
}
