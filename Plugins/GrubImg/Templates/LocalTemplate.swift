extension DefaultTemplates {
    /// `etc/grub/local.cfg`, as shipped.
    static let local = ##"""
        # boot/grub/grub.cfg on the disk of a PC, for the next boot without the network.
        set default=0
        set timeout=0

        # Boots what LINBO noted on a disk, once. A disk may have got another number since: its label counts before that.
        function linbo_once {
          if [ -n "$once_label" ]; then search --no-floppy --set=once_disk --label "$once_label"; fi
          if [ -z "$once_disk" ]; then regexp --set=1:once_disk '^\(([^)]+)\)$' "$once_grub"; fi
          if [ -z "$once_disk" ]; then return; fi
          set root=$once_disk
          if [ -n "$once_iso" ]; then
            loopback linbo_iso "($once_disk)/$once_iso"
            set root=linbo_iso
          fi
          if [ "$once_kernel" != auto -a "$once_kernel" != /auto ]; then
            linux "/$once_kernel" $once_append
            if [ -n "$once_initrd" ]; then initrd "/$once_initrd"; fi
          elif [ "$grub_platform" = efi ]; then
            search --no-floppy --set=root --file /EFI/Microsoft/Boot/bootmgfw.efi
            chainloader /EFI/Microsoft/Boot/bootmgfw.efi
          elif [ -s /bootmgr ]; then
            ntldr /bootmgr
          elif [ -s /ntldr ]; then
            ntldr /ntldr
          else
            chainloader +1
          fi
          boot
        }

        # What LINBO asked for before this boot. It is taken back before it is done, so that it is done once.
        if [ -s $prefix/grubenv ]; then
          load_env reboot_grub reboot_label reboot_iso reboot_kernel reboot_initrd reboot_append
        fi
        if [ -n "$reboot_kernel" ]; then
          set once_grub="$reboot_grub"
          set once_label="$reboot_label"
          set once_iso="$reboot_iso"
          set once_kernel="$reboot_kernel"
          set once_initrd="$reboot_initrd"
          set once_append="$reboot_append"
          set reboot_grub=
          set reboot_label=
          set reboot_iso=
          set reboot_kernel=
          set reboot_initrd=
          set reboot_append=
          if save_env reboot_grub reboot_label reboot_iso reboot_kernel reboot_initrd reboot_append; then linbo_once; fi
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
