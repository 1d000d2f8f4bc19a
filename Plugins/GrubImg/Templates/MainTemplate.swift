extension DefaultTemplates {
    /// `etc/grub/grub.cfg`, as shipped.
    static let main = ##"""
        # boot/grub/grub.cfg: what GRUB runs first when it was loaded over the network.
        set default=0
        set timeout=0

        # Where GRUB came from, and what DHCP said of this PC. GRUB knows its name under the card's, if at all; a name that stays
        # empty is no harm, as the server goes by the PC's address.
        regexp --set=1:linbo_net '^\(([^)]+)\)' "$cmdpath"
        if [ -z "$linbo_net" ]; then set linbo_net=tftp; fi
        set linbo_host="$net_pxe_hostname"
        set linbo_group="$net_pxe_extensionspath"
        if [ -z "$linbo_host" ]; then set linbo_host="$net_efinet0_hostname"; fi
        if [ -z "$linbo_host" ]; then set linbo_host="$net_efinet1_hostname"; fi
        if [ -z "$linbo_host" ]; then set linbo_host="$net_efinet2_hostname"; fi
        if [ -z "$linbo_group" ]; then set linbo_group="$net_efinet0_extensionspath"; fi
        if [ -z "$linbo_group" ]; then set linbo_group="$net_efinet1_extensionspath"; fi
        if [ -z "$linbo_group" ]; then set linbo_group="$net_efinet2_extensionspath"; fi
        export linbo_net
        set root=$linbo_net
        # Only if it changes, as GRUB looks there for lists of modules at once.
        if [ "$prefix" != "($linbo_net)/boot/grub" ]; then set prefix=($linbo_net)/boot/grub; fi

        # What LINBO asked for before this boot, once: a kernel of a disk.
        if [ -s "($linbo_net)/boot/grub/spool/$linbo_host.reboot" ]; then
          load_env -f "($linbo_net)/boot/grub/spool/$linbo_host.reboot" reboot_grub reboot_kernel reboot_initrd reboot_append
          if [ -n "$reboot_grub" -a -n "$reboot_kernel" ]; then
            echo "LINBO: booting $reboot_grub $reboot_kernel once"
            linux "$reboot_grub/$reboot_kernel" $reboot_append
            if [ -n "$reboot_initrd" ]; then initrd "$reboot_grub/$reboot_initrd"; fi
            boot
          fi
        fi

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

        # The same, noted on the disk by LINBO.
        search --no-floppy --set=linbo_disk --file /start.conf
        if [ -n "$linbo_disk" -a -s "($linbo_disk)/boot/grub/grubenv" ]; then
          load_env -f "($linbo_disk)/boot/grub/grubenv" reboot_grub reboot_label reboot_iso reboot_kernel reboot_initrd reboot_append
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
            if save_env -f "($linbo_disk)/boot/grub/grubenv" reboot_grub reboot_label reboot_iso reboot_kernel reboot_initrd reboot_append; then
              linbo_once
            fi
            set root=$linbo_net
          fi
        fi

        # The PC's own menu, else its group's, else the one that LINBO left on the disk.
        if [ -s "($linbo_net)/boot/grub/hostcfg/$linbo_host.cfg" ]; then
          configfile "($linbo_net)/boot/grub/hostcfg/$linbo_host.cfg"
        fi
        if [ -s "($linbo_net)/boot/grub/$linbo_group.cfg" ]; then
          configfile "($linbo_net)/boot/grub/$linbo_group.cfg"
        fi
        search --no-floppy --set=linbo_disk --file /boot/grub/custom.cfg
        if [ -n "$linbo_disk" ]; then
          set root=$linbo_disk
          configfile "($linbo_disk)/boot/grub/custom.cfg"
        fi

        menuentry 'LINBO' --class linbo {
          linux "($linbo_net)/linbo64" quiet netboot nomodeset
          initrd "($linbo_net)/linbofs64"
        }

        """##
}
