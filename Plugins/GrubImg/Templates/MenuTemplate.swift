extension DefaultTemplates {
    /// `etc/grub/menu.cfg`, as shipped.
    static let menu = ##"""
        # The menu of a group, from its start.conf: boot/grub/<group>.cfg, boot/grub/hostcfg/<host>.cfg, in the image of a PC, and
        # on the disks of PCs.
        set default=0
        set timeout=@@timeout@@
        if [ -z "$linbo_net" -a -n "$net_default_server" ]; then set linbo_net=tftp; fi

        # LINBO from the disk, if it is there, else over the network.
        set linbo_disk=
        set linbo_from=
        @@if cache_label@@
        search --no-floppy --set=linbo_disk --label @@cache_label@@
        @@end@@
        @@if cache@@
        if [ -z "$linbo_disk" ]; then set linbo_disk=@@cache@@; fi
        @@end@@
        if [ -n "$linbo_disk" -a -s "($linbo_disk)/linbo64" -a -s "($linbo_disk)/linbofs64" ]; then
          set linbo_from=$linbo_disk
          set linbo_mode=localboot
        elif [ -n "$linbo_net" ]; then
          set linbo_from=$linbo_net
          set linbo_mode=netboot
        fi
        @@if theme@@

        if loadfont "($linbo_from)/boot/grub/fonts/unicode.pf2"; then
          set gfxmode=auto
          insmod all_video
          insmod gfxterm
          insmod gfxmenu
          insmod png
          terminal_output gfxterm
          set theme=($linbo_from)/boot/grub/themes/@@theme@@/theme.txt
        fi
        @@end@@

        function linbo {
          if [ -n "$linbo_from" ]; then
            linux "($linbo_from)/linbo64" @@kernel_options@@ $linbo_mode $1
            initrd "($linbo_from)/linbofs64"
          elif [ "$grub_platform" = efi ]; then
            chainloader "($linbo_disk)/ipxe.efi"
          else
            linux16 "($linbo_disk)/ipxe.lkrn" dhcp
          fi
        }

        function windows {
          if [ "$grub_platform" = efi ]; then
            search --no-floppy --set=root --file /EFI/Microsoft/Boot/bootmgfw.efi
            chainloader /EFI/Microsoft/Boot/bootmgfw.efi
          elif [ -s /bootmgr ]; then
            ntldr /bootmgr
          else
            chainloader +1
          fi
        }

        menuentry 'LINBO' --class linbo {
          linbo
        }
        @@each system@@
        @@if start@@

        menuentry @@name@@' (Start)' --class @@class@@_start {
        @@if root@@
          set root=@@root@@
        @@end@@
        @@if label@@
          search --no-floppy --set=root --label @@label@@
        @@end@@
        @@if iso@@
          loopback linbo_iso "($linbo_disk)/"@@image@@
          linux (linbo_iso)/@@kernel@@ @@append@@
        @@if initrd@@
          initrd (linbo_iso)/@@initrd@@
        @@end@@
        @@end@@
        @@if windows@@
          windows
        @@end@@
        @@if linux@@
          linux /@@kernel@@ @@append@@
        @@if initrd@@
          initrd /@@initrd@@
        @@end@@
        @@end@@
        }

        menuentry @@name@@' (Linbo-Start)' --class @@class@@_start {
          linbo linbocmd=start:@@number@@
        }
        @@end@@
        @@if sync@@

        menuentry @@name@@' (Sync+Start)' --class @@class@@_syncstart {
          linbo linbocmd=sync:@@number@@,start:@@number@@
        }
        @@end@@
        @@if new@@

        menuentry @@name@@' (Neu+Start)' --class @@class@@_newstart {
          linbo linbocmd=format:@@partition@@,sync:@@number@@,start:@@number@@
        }
        @@end@@
        @@end@@

        """##
}
