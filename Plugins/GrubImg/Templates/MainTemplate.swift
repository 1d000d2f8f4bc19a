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
